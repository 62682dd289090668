"""What was built, as lists to compare with what is there: the database, files, directories.

A check that looks for known faults ends where its list ends; these find whatever is more, less or
other than the build made. `database.jsonl` is written by `seatrobot database manifest` on a fresh
database and committed; a test compares it with the migrations.
"""
