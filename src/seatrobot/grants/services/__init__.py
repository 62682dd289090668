"""What can be done with a grant, by area: asking, deciding, ending, reviewing.

Services of members take the keyword `actor`; those of staff take `staff_id` and run in a unit of
work of that person for the organization (`as_staff`), which sees nothing of it but grants.
"""
