"""The public pages: every promise, one promise with its history, and the changes."""
