"""A witness: another machine that remembers what a log has published (C2SP tlog-witness).

It needs neither Django nor PostgreSQL: one SQLite file and one key.
"""
