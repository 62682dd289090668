"""One event's guest list: who is invited, what is known of them, and what they answered.

Pages, import and export, search in memory, bulk changes. Seats belong to `seating` and arrivals at
the door to `checkin`, which stand above and import this package. `importing/` compares files with
what is there and knows no rows.
"""
