"""Backups: made every night, shipped as they are written, destroyed on their date.

What may be put here: where backups are (`stores.py`, `bucket.py`), what they hold and how it is
made (`making.py`), how the write-ahead log is shipped (`shipping.py`), how they are opened
(`reading.py`), destroyed and looked through (`sweeping.py`), who is alerted (`alerts.py`).

It may not touch Customer Data itself: a backup holds the database's files, and no row is opened.
Keys of backups are never in a store of backups, nor in a backup.
"""
