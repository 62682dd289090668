"""What the floor plan's script says, in the reader's language; {names} are filled in there."""

from django.utils.translation import gettext as _


def phrases() -> dict[str, str]:
    """Return the sentences by their name in the script."""
    return {
        "seat": _("Seat {seat}, {table}: {name}"),
        "locked": _("locked"),
        "emptySeat": _("Seat {seat}, {table}: free"),
        "table": _("{table}: {taken} of {seats} seats taken"),
        "counts": _("{seated} of {guests} guests seated"),
        "allSeated": _("All {guests} guests are seated"),
        "unseatedSome": _("Without a seat: {count}. Drag them to a table, or press Seat everyone."),
        "unseatedNone": _("Everybody has a seat."),
        "nobodyFound": _("Nobody is called that."),
        "picked": _(
            "{name} picked up. Arrow keys choose a seat, Enter puts down, Escape leaves it."
        ),
        "dropped": _("{name} now sits at {table}."),
        "swapped": _("{name} and {other} changed places."),
        "unseated": _("{name} has no seat now."),
        "cancelled": _("{name} stays."),
        "lockedNow": _("{name} is locked at {table}."),
        "unlockedNow": _("{name} is unlocked."),
        "undone": _("Undone: {step}."),
        "redone": _("Done again: {step}."),
        "undo": _("Undo: {step}"),
        "redo": _("Redo: {step}"),
        "nothingToUndo": _("Undo"),
        "nothingToRedo": _("Redo"),
        "offline": _("The server did not answer; nothing was changed."),
        "thinking": _("The robot is thinking…"),
        "starting": _("Waiting for the robot…"),
        "found": _("{count} found"),
        "others": _("Others"),
        "none": _("No value"),
        "party": _("Comes with"),
        "pickUp": _("Move"),
        "lock": _("Lock"),
        "unlock": _("Unlock"),
        "takeAway": _("Take from the table"),
        "close": _("Close"),
        "noSeat": _("No seat yet"),
        "showParty": _("Show the party"),
        "seatOf": _("{table} · seat {seat}"),
        "carrying": _("Where does {name} sit? Choose a seat or a table."),
        "ruleMet": _("Fulfilled"),
        "ruleUnmet": _("Not fulfilled"),
        "ruleOpen": _("Not everybody has a seat yet"),
        "moved": _("{table} moved."),
        "bringAll": _("Move the whole party ({count})"),
        "splitOnly": _("Move only {name}"),
    }
