"""Deletion that proves itself: the steps of a deletion, its verification, its receipt.

What may be put here: how rows, keys and files of an organization, an event or a person go, how it
is looked for afterwards, and what is handed out about it. What a package keeps is declared by its
models (`declarations.py`) and, where people are concerned, by `subjects.Known`.

It may not touch what is deleted by name: no table is named here that a model declares. Events,
guests and contacts call `services.record_gone` in the transaction in which they delete.
"""
