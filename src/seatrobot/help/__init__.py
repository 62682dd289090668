"""The public help pages under `/help/`: short, searchable, without scripts.

To be put here: the frame and what finds a page. What a page says is declared by the package whose
work it explains, as a `Topic` in its `feature.py`; this package knows none of them.
"""
