"""The room of an activity: tables, rules, who sits where, and the robot that proposes it.

`robot/` solves and explains; it knows nothing of Django or of rows. `services/` changes the plan,
with undo; `exports.py` sets documents. Reads guests through the `guests` package and never changes
them; the door does not belong here.
"""
