"""Events of an organization: their facts, their list, and the home page of each.

`overview.py` is the interface by which packages above (guests, seating, checkin) add steps and
panels to the home page; this package imports none of them. A guest, a table or a seat does not
belong here.
"""
