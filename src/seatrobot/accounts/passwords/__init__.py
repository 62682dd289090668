"""Passwords: what a new one must be, and setting a forgotten one anew."""
