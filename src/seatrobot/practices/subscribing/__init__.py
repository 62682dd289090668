"""Notices when a promise breaks and when it is kept again: by mail or webhook."""
