"""The door of an event: find a guest, check in, take it back. Made for a phone in one hand.

What a person at the door sees of a guest is name, party, seat and status, and stays so. Every tap
is one short transaction: keep it free of anything that can wait.
"""
