class Refused(Exception):
    """What was asked breaks a rule; the text is the sentence for the person who asked."""


class LinkDead(Exception):
    """A one-time link is wrong, was used, was replaced, or is too old."""
