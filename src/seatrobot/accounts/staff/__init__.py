"""The people who run the service: they sign in with a passkey alone, to an area of their own.

They see no Customer Data: no organization's keyring opens for them.
"""
