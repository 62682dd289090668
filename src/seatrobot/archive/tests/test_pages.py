"""Making, downloading, removing and importing archives by the pages."""

from __future__ import annotations

import io
import zipfile
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

import pyrage
import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import OperationalError, connection
from django.http import Http404
from procrastinate.contrib.django.models import ProcrastinateJob

from seatrobot.archive import jobs, reading, services, writing
from seatrobot.archive.feature import Action
from seatrobot.archive.models import Archive, ArchivePiece
from seatrobot.archive.tests.organizations import manifest_of, rewritten
from seatrobot.archive.writing import NoRecipient
from seatrobot.conftest import as_
from seatrobot.contacts.models import Contact
from seatrobot.deletion.knowing import Copies
from seatrobot.guests.models import Guest
from seatrobot.kernel import features
from seatrobot.kernel.clock import now
from seatrobot.kernel.ids import new_id
from seatrobot.kernel.jobs import Work
from seatrobot.kernel.journal.models import Entry
from seatrobot.kernel.journal.reading import seen_by
from seatrobot.kernel.principals import NotAllowed
from seatrobot.kernel.progress.models import Progress
from seatrobot.organizations.models import Membership, Organization


def work_of(member, name) -> Work:
    return Work(name, member.organization_id, member.account_id)


def made(member, recipient="") -> Archive:
    """Ask for an archive, and make it as the job does."""
    with as_(member):
        row = services.ask(actor=member, archive_id=new_id(), recipient=recipient)
    jobs.make(work_of(member, services.MAKING), archive_id=str(row.pk))
    with as_(member):
        return Archive.objects.get(pk=row.pk)


def bytes_of(member, row) -> bytes:
    with as_(member):
        content = services.hand_out(actor=member, archive=row, start=0, end=row.size)
    return b"".join(content)


def entries(member, action) -> list[Entry]:
    with as_(member):
        rows = Entry.objects.filter(organization_id=member.organization_id, action=action)
        return list(rows.order_by("pk"))


def path(member, rest="") -> str:
    return f"/o/{member.organization_id}/archive/{rest}"


def test_an_archive_is_asked_for_made_and_downloaded(alice, gala, client_of):
    client = client_of(alice)
    form = client.get(path(alice)).context["form"]
    identifier = str(form["id"].value())
    for _ in range(2):  # a form that is sent twice asks once
        answer = client.post(path(alice, "make/"), {"id": identifier})
        assert answer.status_code == 302
    with as_(alice):
        [row] = Archive.objects.all()
    [job] = ProcrastinateJob.objects.filter(task_name=services.MAKING)
    assert job.args["archive_id"] == str(row.pk)
    assert "Making the archive" in client.get(path(alice)).content.decode()
    jobs.make(work_of(alice, services.MAKING), archive_id=str(row.pk))
    page = client.get(path(alice)).content.decode()
    assert "Download" in page
    answer = client.get(path(alice, f"{row.pk}/file"))
    data = b"".join(answer.streaming_content)
    assert answer["Content-Disposition"].startswith('attachment; filename="seatrobot-archive-')
    assert len(data) == int(answer["Content-Length"])
    assert {table["name"] for table in manifest_of(data)["tables"]} >= {"guests_guest"}
    for action in (Action.ARCHIVE_ASK, Action.ARCHIVE_MAKE, Action.ARCHIVE_DOWNLOAD):
        assert len(entries(alice, action)) == 1, action
    with as_(alice):
        assert Archive.objects.get().sealed.canonical == manifest_of(data)["canonical"]


def test_a_form_that_another_organization_used_says_so(alice, charlie, gala, client_of, whole):
    used = str(new_id())
    assert client_of(alice).post(path(alice, "make/"), {"id": used}).status_code == 302
    file = SimpleUploadedFile("archive.zip", whole, "application/zip")
    for rest, said in (("make/", {}), ("import/", {"file": file})):
        answer = client_of(charlie).post(path(charlie, rest), {"id": used, **said})
        assert answer.status_code == 422
        assert "This form cannot be used again" in answer.content.decode()


def test_a_page_unpacks_little_and_the_job_the_rest(charlie, whole, client_of, monkeypatch):
    """A request that unpacks gigabytes would let everybody wait, and all others of its sender."""
    looked_at = []
    verify = reading.Opened.verify

    def noting(opened, *args):
        looked_at.append(opened.unpacked)
        return verify(opened, *args)

    monkeypatch.setattr(reading.Opened, "verify", noting)
    said = {"csv/large.csv": b"x" * 1000, "csv/larger.csv": bytes(services.READ_AT_ONCE)}
    big = rewritten(whole, lambda _m, files: files.update(said))
    client = client_of(charlie)
    sent = {"id": str(new_id()), "file": SimpleUploadedFile("a.zip", big, "application/zip")}
    assert client.post(path(charlie, "import/"), sent).status_code == 302
    assert not looked_at
    with as_(charlie):
        [row] = Archive.objects.all()
    jobs.bring_in(work_of(charlie, services.IMPORTING), archive_id=str(row.pk))
    assert looked_at
    with as_(charlie):
        assert Guest.objects.count() == 2


def test_a_download_goes_on_where_it_broke_off(alice, gala, client_of, monkeypatch):
    monkeypatch.setattr("seatrobot.archive.writing.PIECE", 5000)
    row = made(alice)
    with as_(alice):
        assert ArchivePiece.objects.count() > 3
    whole = bytes_of(alice, row)
    client, url = client_of(alice), path(alice, f"{row.pk}/file")

    def part(header, **more):
        answer = client.get(url, headers={"Range": header, **more})
        content = b"".join(answer.streaming_content) if answer.streaming else b""
        return answer.status_code, content, answer.get("Content-Range")

    size = len(whole)
    assert part("bytes=4990-") == (206, whole[4990:], f"bytes 4990-{size - 1}/{size}")
    assert part("bytes=4990-12000")[1] == whole[4990:12001]
    assert part("bytes=-7") == (206, whole[-7:], f"bytes {size - 7}-{size - 1}/{size}")
    assert part(f"bytes={size}-") == (416, b"", f"bytes */{size}")
    assert part("bytes=9-3")[0] == 416
    assert part("bytes=0-1,4-5")[:2] == (200, whole)
    tag = client.get(url)["ETag"]
    assert part("bytes=3-", **{"If-Range": tag})[0] == 206
    assert part("bytes=3-", **{"If-Range": '"another"'})[:2] == (200, whole)


def test_what_is_encrypted_opens_with_the_key_alone(alice, gala):
    identity = pyrage.x25519.Identity.generate()
    row = made(alice, str(identity.to_public()))
    data = bytes_of(alice, row)
    with as_(alice):
        assert row.sealed.filename.endswith(".zip.age")
    assert not zipfile.is_zipfile(io.BytesIO(data))
    assert manifest_of(pyrage.decrypt(data, [identity]))["tables"]
    with pytest.raises(pyrage.DecryptError):
        pyrage.decrypt(data, [pyrage.x25519.Identity.generate()])
    with as_(alice), pytest.raises(NoRecipient):
        services.ask(actor=alice, archive_id=new_id(), recipient="age1wrong")


def test_who_has_seen_a_guest_includes_who_has_the_archive(alice, gala):
    made(alice)
    with as_(alice):
        guest = Guest.objects.first()
        seen = seen_by(
            alice.organization_id,
            gala.pk,
            guest.pk,
            added=guest.created_at,
            before=None,
            size=10,
        )
    assert Action.GUEST_LIST in {entry.action for entry in seen}


def test_an_archive_is_gone_after_seven_days(alice, gala, client_of):
    row = made(alice)
    with as_(alice):
        Archive.objects.update(created_at=row.created_at - services.KEPT + timedelta(minutes=5))
    client = client_of(alice)
    assert client.get(path(alice, f"{row.pk}/file")).status_code == 200
    with as_(alice):
        Archive.objects.update(created_at=row.created_at - services.KEPT)
    assert client.get(path(alice, f"{row.pk}/file")).status_code == 404
    assert "Download" not in client.get(path(alice)).content.decode()


def test_no_archive_outlives_what_is_deleted(alice, gala):
    """Whoever deletes an event finds it in no archive of before."""
    row = made(alice)
    with as_(alice):
        for copies in features.extensions(Copies):
            copies.forget(alice.organization_id, now())
        assert not ArchivePiece.objects.exists()
        assert not Archive.objects.exists()
    jobs.make(work_of(alice, services.MAKING), archive_id=str(row.pk))


@pytest.mark.django_db(transaction=True)
def test_an_archive_that_is_being_made_is_made_anew_after_a_deletion(alice, gala):
    """Whoever asked for it gets it, without what went while it was made."""
    with as_(alice):
        row = services.ask(actor=alice, archive_id=new_id())

    def delete_meanwhile(_done, _total):
        with ThreadPoolExecutor(1) as other:
            other.submit(_delete_guests, alice).result()

    with pytest.raises(OperationalError), writing.snapshot(), as_(alice):
        services.make(actor=alice, archive_id=row.pk, tell=delete_meanwhile)
    jobs.make(work_of(alice, services.MAKING), archive_id=str(row.pk))
    with as_(alice):
        row = Archive.objects.get(pk=row.pk)
    tables = manifest_of(bytes_of(alice, row))["tables"]
    assert [table["rows"] for table in tables if table["name"] == "guests_guest"] == [0]


def _delete_guests(member):
    try:
        with as_(member):
            Guest.objects.all().delete()
            for copies in features.extensions(Copies):
                copies.forget(member.organization_id, now())
    finally:
        connection.close()


def test_removed_is_removed(alice, gala, client_of):
    row = made(alice)
    assert client_of(alice).post(path(alice, f"{row.pk}/remove/")).status_code == 302
    with as_(alice):
        assert not ArchivePiece.objects.exists()
        with pytest.raises(Http404):
            services.load(alice, row.pk)


def test_another_organization_finds_nothing(alice, charlie, gala, client_of):
    row = made(alice)
    assert client_of(charlie).get(path(charlie, f"{row.pk}/file")).status_code == 404
    assert client_of(charlie).get(path(alice, f"{row.pk}/file")).status_code == 404


def test_a_download_ends_when_the_permission_does(alice, bob, gala):
    with as_(alice):
        Membership.objects.filter(account_id=bob.account_id).update(role="administrator")
    row = made(alice)
    with as_(bob):
        from seatrobot.organizations import members

        administrator = members.load(bob.account_id, bob.organization_id)
        content = services.hand_out(actor=administrator, archive=row, start=0, end=row.size)
    with as_(alice):
        Membership.objects.filter(account_id=bob.account_id).update(role="team")
    with pytest.raises(NotAllowed):
        next(content)


def test_whoever_left_gets_no_archive(alice, bob, gala):
    with as_(alice):
        Membership.objects.filter(account_id=bob.account_id).update(role="administrator")
    with as_(bob):
        from seatrobot.organizations import members

        administrator = members.load(bob.account_id, bob.organization_id)
        row = services.ask(actor=administrator, archive_id=new_id())
    with as_(alice):
        Membership.objects.filter(account_id=bob.account_id).update(role="team")
    jobs.make(work_of(bob, services.MAKING), archive_id=str(row.pk))
    with as_(alice):
        assert Progress.objects.get(pk=row.progress_id).state == "failed"
        assert not ArchivePiece.objects.exists()


def upload(client, member, data: bytes, **more):
    file = SimpleUploadedFile("archive.zip", data)
    return client.post(path(member, "import/"), {"id": str(new_id()), "file": file, **more})


def test_an_archive_is_imported_by_the_page(alice, charlie, gala, client_of):
    data = bytes_of(alice, made(alice))
    client = client_of(charlie)
    assert client.get(path(charlie, "import/")).status_code == 200
    assert upload(client, charlie, data).status_code == 302
    with as_(charlie):
        [row] = Archive.objects.all()
    jobs.bring_in(work_of(charlie, services.IMPORTING), archive_id=str(row.pk))
    with as_(charlie):
        assert Progress.objects.get(pk=row.progress_id).state == "done"
        assert Guest.objects.count() == 2
        assert not ArchivePiece.objects.exists()
        assert Organization.objects.get().sealed.name == "Foundation"
    shown = client.get(path(charlie)).content.decode()
    assert "rows imported" in shown
    assert "The file itself is not kept." in shown
    assert "is not empty" in client.get(path(charlie, "import/")).content.decode()
    assert len(entries(charlie, Action.ARCHIVE_IMPORT)) == 1
    assert client.get(path(charlie, f"{row.pk}/file")).status_code == 404
    assert not entries(charlie, Action.ARCHIVE_DOWNLOAD)


def test_what_is_wrong_stands_beside_the_file(charlie, client_of):
    client = client_of(charlie)
    answer = upload(client, charlie, b"no archive")
    assert answer.status_code == 422
    assert "no ZIP file" in answer.content.decode()
    assert "Choose an archive" in client.post(path(charlie, "import/"), {}).content.decode()
    with as_(charlie):
        assert not Archive.objects.exists()


def test_an_import_that_fails_later_changes_nothing(alice, charlie, gala, client_of):
    """Somebody adds a contact between upload and import."""
    data = bytes_of(alice, made(alice))
    upload(client_of(charlie), charlie, data)
    with as_(charlie):
        [row] = Archive.objects.all()
        from seatrobot.contacts.models import ContactRecord

        Contact.objects.create(
            organization_id=charlie.organization_id,
            sealed=ContactRecord(last_name="Early"),
            created_at=now(),
            changed_at=now(),
        )
    jobs.bring_in(work_of(charlie, services.IMPORTING), archive_id=str(row.pk))
    with as_(charlie):
        progress = Progress.objects.get(pk=row.progress_id)
        assert (progress.state, "this one has something" in progress.message) == ("failed", True)
        assert Contact.objects.count() == 1
        assert not ArchivePiece.objects.exists()
