"""People an organization knows, whatever event they are invited to.

A contact is the person across events; a guest is their part in one event and stays what was decided
there. May use kernel, accounts and organizations; knows nothing of events and guests.
"""
