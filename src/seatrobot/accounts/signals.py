"""What accounts tell whoever listens; organizations write it into their own journals."""

from django.dispatch import Signal

noted = Signal()
"""Sent inside the unit of work with `action` and `account_id` when an account was used."""
