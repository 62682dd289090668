"""What the practices mean for one organization: its exports, deletions, settings and keys."""
