"""Grants by which staff see one organization for a time, and what its people decide of them.

Here: asking, approving, denying, ending and reviewing, the page *Support access*, its mail, and the
function of the database that shows staff rows. Not here: what staff may do on a page (permissions
declare it, `kernel.features`), and what they are shown of a person (`kernel.vault.masking`).
"""
