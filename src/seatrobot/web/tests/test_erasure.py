"""Who was removed is in no table, index, journal entry, cache or file.

A guest and a contact with words of their own in every field go through the pages; then every column
of every table is searched, sealed records opened with the keys of the organization. The same search
before the removal finds them, so it can.
"""

from __future__ import annotations

import re
from pathlib import Path

import msgspec
import pytest
from django.apps import apps
from django.conf import settings
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import connections

from seatrobot.conftest import as_
from seatrobot.contacts.models import Contact
from seatrobot.guests import jobs
from seatrobot.guests.models import Guest, Import
from seatrobot.guests.services import read_sheets
from seatrobot.kernel import lists
from seatrobot.kernel.jobs import Work
from seatrobot.kernel.vault import services as vault
from seatrobot.kernel.vault.fields import SealedField
from seatrobot.normalizing import fold
from seatrobot.seating.services import moves, tables
from seatrobot.seating.services.tables import TableFacts
from seatrobot.web.tests.page_forms import forms_of

STEM = "zorbl"
ADDRESSES = ["zorblmail@zorblhost.example", "zorblpa@zorblhost.example"]
DATA = Path(settings.CONFIG.data)


class Walk:
    """The pages of an event as Alice uses them."""

    def __init__(self, browser, event):
        self.browser, self.event = browser, event
        self.home = f"/o/{event.organization_id}/"
        self.place = f"{self.home}events/{event.pk}/"

    def send(self, page, name, to=None, **said):
        """Fill in the form of a page that has a field, and send it."""
        text = self.browser.get(page).content.decode()
        forms = (f for f in forms_of(text) if f.method == "post" and name in f.values)
        form = next(f for f in forms if to is None or f.action == to)
        answer = self.browser.post(form.action or page, form.values | said)
        assert answer.status_code == 302, re.findall(
            r'role="alert".*?</div>', answer.content.decode()
        )
        return answer["Location"]


def go_through_the_pages(walk, alice, dinner):
    """Let somebody with words of their own be added, changed, imported, found, seated, exported."""
    guests = f"{walk.place}guests/"
    walk.send(f"{guests}columns/", "label", to="", label="Hotel")
    walk.send(f"{guests}columns/", "label", to="", label="Diet", type="diet")
    answers = {
        name: f"{STEM}answer"
        for form in forms_of(walk.browser.get(f"{guests}add/").content.decode())
        for name in form.values
        if re.search(r"[0-9a-f]{32}", name)
    }
    assert len(answers) == 2
    words = {
        name: f"{STEM.upper()}{name.replace('_', '')}"
        for name in ("first_name", "last_name", "title", "suffix", "phone", "company", "notes")
    }
    addresses = {"email": ADDRESSES[0], "delivery_email": ADDRESSES[1]}
    more = {"reference": f"{STEM}ref", "new_tags": f"{STEM}tag"}
    page = walk.send(f"{guests}add/", "first_name", **words, **addresses, **more, **answers)
    walk.send(page, "party-label", **{"party-label": f"{STEM}party", "party-note": f"{STEM}note"})
    walk.send(page, "first_name", to=f"{page}plus-one/", first_name=f"{STEM}plus", last_name="One")
    walk.browser.post(f"{page}contact/", {"do": "keep"})
    walk.send(page, "company", to="", company=f"{STEM}changed")
    upload = walk.browser.post(
        f"{guests}import/",
        {"file": file_of(f"first name,last name,email\n{STEM}imported,Guest,x@{STEM}.example\n")},
    )
    walk.send(upload["Location"], "default_status", keep_contacts="on")
    walk.browser.get(upload["Location"].replace("columns", "check"))
    with as_(alice):
        row = Import.objects.get()
    walk.browser.post(f"{guests}import/{row.pk}/run/")
    with as_(alice):
        row.refresh_from_db()
        progress = row.progress_id
    jobs.run_import(
        Work("guests.import", alice.organization_id, alice.account_id),
        import_id=str(row.pk),
        event_id=str(dinner.pk),
        progress_id=str(progress),
        skip_problems="",
    )
    for place in (f"guests/?q={STEM}", f"door/search/?q={STEM}", f"guests/?with={STEM}"):
        assert walk.browser.get(walk.place + place).status_code == 200
    walk.browser.post(f"{page}arrival/", {"do": "check-in"})
    with as_(alice):
        facts = TableFacts(seats=8)
        [table] = tables.add_tables(actor=alice, activity=dinner.activity, count=1, facts=facts)
        moves.place(
            actor=alice,
            activity=dinner.activity,
            guest_id=Guest.objects.earliest("pk").pk,
            table_id=table.pk,
            party=moves.Party.BRING,
        )
    for place in (
        "guests/export.csv",
        "guests/export.xlsx",
        "seating/",
        "seating/documents/plan.csv",
    ):
        assert b"".join(walk.browser.get(walk.place + place)), place
    log = {"event": str(dinner.pk), "guest": STEM}
    assert walk.browser.get(f"{walk.home}log/", log).status_code == 200
    return page


def file_of(text):

    return SimpleUploadedFile("list.csv", text.encode(), "text/csv")


def remove_everybody(walk, alice):
    """Remove the guests, one of them alone, the others together, and then the contacts."""
    with as_(alice):
        first, *others = list(Guest.objects.order_by("pk"))
        contacts = list(Contact.objects.all())
    guests = f"{walk.place}guests/"
    walk.browser.post(f"{guests}{first.pk}/remove/")
    walk.browser.post(f"{guests}bulk/", {"do": "remove", "guest": [str(g.pk) for g in others]})
    assert contacts
    for contact in contacts:
        walk.browser.post(f"{walk.home}contacts/{contact.pk}/remove/")


def in_clear(superuser):
    """Return each column of each table that holds a word or an address, in clear or as bytes."""
    found = set()
    for table, column in superuser.execute("""
        SELECT c.relname, a.attname FROM pg_class c
        JOIN pg_attribute a ON a.attrelid = c.oid AND a.attnum > 0 AND NOT a.attisdropped
        WHERE c.relkind IN ('r', 'p') AND c.relnamespace = 'public'::regnamespace
    """).fetchall():
        rows = superuser.execute(f'SELECT "{column}"::text FROM "{table}"').fetchall()
        for (text,) in rows:
            plain = bytes.fromhex(text[2:]) if text and text.startswith("\\x") else b""
            if STEM in fold(text or "") or STEM.encode() in plain.lower():
                found.add((table, column))
    return found


def sealed(alice):
    """Return each sealed column that holds a word when it is opened."""
    found = set()
    with as_(alice):
        for model in apps.get_models():
            fields = [f for f in model._meta.concrete_fields if isinstance(f, SealedField)]
            if not fields or not hasattr(model, "organization_id"):
                continue
            for row in model.objects.all():
                for field in fields:
                    record = getattr(row, field.attname)
                    if record is not None and STEM in fold(str(msgspec.to_builtins(record))):
                        found.add((model._meta.db_table, field.column))
    return found


def indexed(alice, superuser):
    """Return each table with a blind index of one of the addresses."""
    with as_(alice):
        wanted = [vault.blind_index(alice.organization_id, text) for text in ADDRESSES]
    columns = superuser.execute("""
        SELECT table_name, column_name FROM information_schema.columns
        WHERE table_schema = 'public' AND data_type = 'bytea'
    """).fetchall()
    return {
        table
        for table, column in columns
        for index in wanted
        if superuser.execute(
            f'SELECT 1 FROM "{table}" WHERE position(%s::bytea IN "{column}") > 0', [index]
        ).fetchone()
    }


def in_memory():
    found = {
        place[0] for place, (kept, _used) in lists._kept.items() if STEM in fold(str(kept.parts))
    }
    sheets = [kept.sheet for kept in read_sheets._kept.values()]
    return found | {sheet.name for sheet in sheets if STEM in fold(str(list(sheet.rows)))}


def in_files():
    """Return the files of the data directory that hold a word, in any of its writings."""
    forms = [w.encode(code) for w in (STEM, STEM.upper()) for code in ("utf-8", "utf-16-le")]
    return {
        str(path.relative_to(DATA))
        for path in DATA.rglob("*")
        if path.is_file() and any(form in path.read_bytes() for form in forms)
    }


def shown_in_the_log(walk):
    """Return what the log says, on its pages and in its files."""
    pages = [
        walk.browser.get(f"{walk.home}log/?show=everything").content,
        b"".join(walk.browser.get(f"{walk.home}log/access-log.csv")),
        b"".join(walk.browser.get(f"{walk.home}log/access-log.jsonl")),
        walk.browser.get(f"{walk.home}practices/").content,
    ]
    return [page for page in pages if STEM in fold(page.decode())]


@pytest.mark.django_db(transaction=True)
def test_who_was_removed_is_nowhere(alice, dinner, client_of, superuser_connection):
    walk = Walk(client_of(alice), dinner)
    page = go_through_the_pages(walk, alice, dinner)
    walk.browser.get(f"{walk.home}contacts/?q={STEM}")
    assert sealed(alice) == {
        ("contacts_contact", "sealed"),
        ("guests_guest", "sealed"),
        ("guests_guest", "special"),
        ("guests_party", "sealed"),
    }
    assert {"guests_guest", "contacts_address"} <= indexed(alice, superuser_connection)
    assert in_memory() >= {"guests", "contacts"}
    assert shown_in_the_log(walk)

    remove_everybody(walk, alice)
    assert walk.browser.get(page).status_code == 404
    for opened in (f"{walk.place}guests/", f"{walk.home}contacts/", f"{walk.place}seating/"):
        assert STEM not in fold(walk.browser.get(opened).content.decode())
    assert not sealed(alice)
    assert not indexed(alice, superuser_connection)
    assert not in_clear(superuser_connection)
    assert not in_memory()
    assert not shown_in_the_log(walk)
    superuser_connection.execute("CHECKPOINT")
    connections["default"].close()
    assert not in_files()
