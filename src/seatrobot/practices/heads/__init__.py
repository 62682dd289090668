"""The newest head for people and machines: a page, the checkpoint, and the log as tiles."""
