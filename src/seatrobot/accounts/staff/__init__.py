"""The people who run the service: a passkey and nothing else, and an area of the site of their own.

They see no Customer Data: no organization's keyring opens for them.
"""
