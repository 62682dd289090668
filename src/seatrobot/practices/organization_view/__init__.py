"""The practices for one organization: its exports, deletions, security settings and keys."""
