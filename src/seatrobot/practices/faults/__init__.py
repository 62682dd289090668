"""Faults that are seeded into a running instance to prove that checks can fail.

A module for each section of the page declares them with `@fault(...)`; `examinations.py` those of
the examinations themselves. `seatrobot.runtime.faulting` runs them, and `score.py` holds the result
that the page shows.
"""
