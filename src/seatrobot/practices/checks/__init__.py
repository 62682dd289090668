"""The checks of the practices page, a module for each section, and what they measure with.

A module is named after its section and holds its promises: `@promise(...)` stands on the function
that measures. A check looks from outside where it can (over HTTP, or as the database role of the
examiner) and, where it has to act, acts in the organization kept for this (`probe.py`). Nothing
here imports what shows the promises.
"""
