"""Webhooks of an organization: where to, what is posted, and what came of it."""
