"""Signing in as a member: password, second step, passkey, and the session that begins."""
