"""Whom the service depends on: providers, their certificates, and when each has to be looked at.

Here belong the register, its rules and its pages for staff. No machine can say whether a document
is true: people look at it, and what they say is signed. Nothing here knows Customer Data.
"""
