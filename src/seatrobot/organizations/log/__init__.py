"""The Access log: the organization's own stream of the journal, as people read it."""
