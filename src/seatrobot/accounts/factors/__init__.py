"""Passkeys, the app's codes and recovery codes: enrolling, checking, losing and reviewing them."""
