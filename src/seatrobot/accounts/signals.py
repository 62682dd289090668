"""What accounts tell whoever listens; organizations write it into their own journals."""

from django.dispatch import Signal

noted = Signal()
"""Sent inside the unit of work with `action` and `account_id` when an account was used."""

disowned = Signal()
"""Sent inside the unit of work with `sign_in` when a person said "This wasn't me"."""
