"""All of an organization in one file, and back into another instance.

The archive is a ZIP file: CSV for people, JSON lines for machines, a JSON Schema for each table, a
manifest with counts and hashes. What is in it comes from the models (`kernel/tenancy/carrying.py`).
To be put here: what makes, keeps, hands out, checks and imports archives. It knows no columns of
other packages by name and changes no rows but its own and those of an organization without any.
"""
