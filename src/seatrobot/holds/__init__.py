"""Holds: backups that an open investigation keeps longer than 14 days, and for how long.

Here belong investigations, holds on backups, and their pages. Which backups there are, and when
they are destroyed, the package that makes backups knows: it asks `reading.held_until`.
"""
