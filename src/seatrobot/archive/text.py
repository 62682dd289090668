"""What an archive says of itself in plain words."""

from __future__ import annotations

from django.utils.translation import gettext as _

from seatrobot.archive.tables import tables


def never_carried() -> list[tuple[str, str]]:
    """Return what is in no table of an organization and goes into no archive, and why."""
    return [
        (
            _("Keys of encryption"),
            _("They never leave the instance; where the data arrives it is sealed with new ones."),
        ),
        (
            _("Passwords, passkeys, authenticator apps and recovery codes"),
            _("They belong to people's accounts. A passkey works with its own site alone."),
        ),
        (
            _("Sessions and known browsers of members"),
            _("They belong to people's accounts, and let nobody in elsewhere."),
        ),
        (
            _("The signed tree over the access log"),
            _("The proof of the log is a file of its own, on the page “Access log”."),
        ),
    ]


def readme() -> str:
    """Return the README of an archive."""
    parts = [
        _("EVERYTHING OF YOUR ORGANIZATION"),
        _(
            "This archive holds all that your organization put into Seatrobot, and all that arose"
            " from it. Whoever has it has the data: keep it as you keep the guest lists themselves."
        ),
        _("WHAT IS IN IT"),
        "\n".join(
            [
                _("csv/       tables for people; open them with any spreadsheet (UTF-8)"),
                _("json/      the same rows for programs, one JSON object a line"),
                _("schemas/   a JSON Schema for the lines of each table"),
                _(
                    "manifest.json   which files there are, how many rows, SHA-256 of each, and"
                    " what is not here and why"
                ),
            ]
        ),
        _("THE TABLES"),
        "\n".join(f"{table.name:32} {table.what}" for table in tables()),
        _("HOW TO READ IT"),
        _(
            "Each row has an identifier (“id”). A column that ends with “_id” names a row of"
            " another table. Times are in UTC (ISO 8601). A field of a record that is missing is"
            " empty. Cells that a spreadsheet would calculate begin with an apostrophe."
        ),
        _("HOW TO BRING IT BACK"),
        _(
            "On any instance of Seatrobot: an organization without events and contacts, its page"
            " “Archive”, “Import an archive”; or `seatrobot archive import FILE --organization ID`."
            " Nothing is changed unless the whole archive fits. The manifest says which tables are"
            " imported, and why the others are not. The help pages (/help/) tell more."
        ),
        _("HOW TO CHECK IT"),
        _(
            "`seatrobot archive check FILE` compares everything with the manifest and needs no"
            " instance. The number “canonical” is the same for archives with the same content,"
            " whatever identifiers the rows have (RFC 8785, SHA-256)."
        ),
    ]
    return "\n\n".join(parts) + "\n"
