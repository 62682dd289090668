"""The register of providers: what is recorded, shown, warned of, refused, and examined."""

from __future__ import annotations

import hashlib
from datetime import timedelta

import msgspec
import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import ProgrammingError, transaction
from django.test import Client
from msgspec.structs import replace

from seatrobot.accounts import mail
from seatrobot.accounts.staff.tests.conftest import dana, key, known_address, link  # noqa: F401
from seatrobot.accounts.staff.tests.people import DANA, account_of, disable
from seatrobot.kernel.clock import now
from seatrobot.kernel.ids import new_id
from seatrobot.kernel.jobs import Work
from seatrobot.kernel.promises.declaring import CannotMeasure
from seatrobot.practices.checks.providers import providers as examine
from seatrobot.providers import jobs, reading, statements
from seatrobot.providers.models import Certificate, Provider, Statement, Warned

BASE = "/staff/providers/"
DOCUMENT = b"%PDF of a certificate"


def day(days: int) -> str:
    return (now().date() + timedelta(days=days)).isoformat()


def add(client: Client, name: str = "Example Hosting", **more: str):
    form = {"name": name, "service": "Servers in Frankfurt", "is_public": "on", **more}
    return client.post(f"{BASE}add/", form)


def record(client: Client, provider: Provider | None = None, **more: object):
    provider = provider or Provider.objects.get()
    form = {
        "kind": "iso-27001",
        "scope": "Data centres in Frankfurt",
        "issuer": "Example Audit GmbH",
        "valid_from": day(-100),
        "valid_until": day(200),
        "document": SimpleUploadedFile("certificate.pdf", DOCUMENT),
        "source": "https://hosting.example/certificates",
        "next_check": day(100),
        **more,
    }
    return client.post(f"{BASE}{provider.pk}/record/", form)


@pytest.fixture
def hosting(dana) -> Provider:  # noqa: F811
    assert add(dana).status_code == 302
    return Provider.objects.get()


@pytest.fixture
def certified(dana, hosting) -> Certificate:  # noqa: F811
    assert record(dana).status_code == 302
    return Certificate.objects.get()


def shift(monkeypatch, days: int) -> None:
    monkeypatch.setattr(reading, "now", lambda: now() + timedelta(days=days))


def public() -> str:
    return Client().get("/practices/compliance.providers/").content.decode()


def test_from_nothing_to_the_public_page(dana):  # noqa: F811
    assert "No provider yet" in dana.get(BASE).content.decode()
    place = add(dana)["Location"]
    assert "No certificate of this provider is valid" in dana.get(place).content.decode()
    record(dana)
    add(dana, "Secret Backups", is_public="")
    page = dana.get(place).content.decode()
    digest = hashlib.sha256(DOCUMENT).hexdigest()
    for text in ("Example Audit GmbH", "Dana", digest, "Valid"):
        assert text in page
    assert "Secret Backups" in dana.get(BASE).content.decode()
    page = public()
    assert digest in page
    assert "Secret Backups" not in page
    assert "Dana" not in page
    assert not any(DOCUMENT.decode() in row.text for row in Certificate.objects.all())


@pytest.mark.parametrize(
    ("more", "sentence"),
    [
        ({"valid_until": day(-1)}, "It has expired"),
        ({"valid_until": day(-200)}, "It ends before it begins"),
        ({"valid_until": day(3000)}, "more than five years"),
        ({"next_check": day(0)}, "Look again after today"),
        ({"next_check": day(400)}, "Look again after today"),
        ({"document": ""}, "This field is required"),
        ({"source": "http://hosting.example/"}, "begins with https://"),
        ({"source": "javascript:alert(1)"}, "Enter a valid URL"),
        ({"kind": "gold"}, "Select a valid choice"),
        ({"scope": ""}, "This field is required"),
        ({"valid_until": "31.12."}, "Enter a valid date"),
    ],
)
def test_what_cannot_be_is_said_beside_its_field(more, sentence, dana, hosting):  # noqa: F811
    answer = record(dana, **more)
    assert answer.status_code == 422
    assert sentence in answer.content.decode()
    assert not Certificate.objects.exists()


def test_a_provider_is_registered_once_and_given_up(dana, hosting):  # noqa: F811
    answer = add(dana)
    assert answer.status_code == 422
    assert "registered already" in answer.content.decode()
    dana.post(f"{BASE}{hosting.pk}/end/")
    assert record(dana, hosting).status_code == 404
    assert add(dana).status_code == 302


def test_a_newer_one_of_a_kind_replaces_the_older_and_one_is_dropped(dana, certified):  # noqa: F811
    record(dana, valid_until=day(300))
    record(dana, kind="soc-2")
    [line] = reading.providers(public=True)
    assert sorted(each.label for each in line.certificates) == ["ISO/IEC 27001", "SOC 2"]
    assert [each.id for each in line.old] == [certified.pk]
    soc = Certificate.objects.get(kind="soc-2")
    dana.post(f"{BASE}{line.id}/{soc.pk}/drop/")
    [line] = reading.providers(public=True)
    assert [each.label for each in line.certificates] == ["ISO/IEC 27001"]


@pytest.mark.parametrize(
    ("days", "state"),
    [(0, "valid"), (101, "unchecked"), (200, "unchecked"), (201, "expired")],
)
def test_how_a_certificate_is(days, state, certified, monkeypatch):
    shift(monkeypatch, days)
    [line] = reading.providers(public=True)
    assert [each.state for each in line.certificates] == [state]
    assert line.is_certified is (state != "expired")


def test_sixty_days_before_its_end(dana, hosting, monkeypatch):  # noqa: F811
    record(dana, valid_until=day(61))
    states = []
    for days in (0, 1):
        shift(monkeypatch, days)
        states.append(reading.providers(public=True)[0].certificates[0].state)
    assert states == ["valid", "soon"]


def test_the_database_lets_nobody_change_what_was_found(certified):
    for change in ({"valid_until": now().date()}, {"text": "x"}):
        with pytest.raises(ProgrammingError), transaction.atomic():
            Certificate.objects.update(**change)
    with pytest.raises(ProgrammingError), transaction.atomic():
        certified.delete()


def test_everybody_is_warned_once_at_each_step(dana, certified, monkeypatch):  # noqa: F811
    asked: list[tuple[str, str]] = []

    def noted(name, **identifiers):
        asked.append((name, identifiers["account_id"]))

    monkeypatch.setattr(jobs, "defer", noted)
    work = Work("providers.warn", None, None)
    found = []
    for days in (0, 139, 140, 141, 170, 193, 200, 201, 205):
        moment = now() + timedelta(days=days)
        monkeypatch.setattr(jobs, "now", lambda moment=moment: moment)
        jobs.warn(work)
        found.append(sorted(Warned.objects.values_list("what", flat=True)))
    assert [len(each) for each in found] == [0, 1, 2, 2, 3, 4, 5, 5, 5]
    assert found[-1] == ["check", "ends-0", "ends-30", "ends-60", "ends-7"]
    assert asked == [("providers.mail-warning", str(account_of().pk))] * 5


def test_the_mail_of_a_warning(dana, certified, monkeypatch):  # noqa: F811
    sent = []
    monkeypatch.setattr(mail, "post", sent.append)
    work, person = Work("providers.mail-warning", None, None), account_of().pk
    jobs.mail_warning(work, str(certified.pk), str(person))
    monkeypatch.setattr(jobs, "now", lambda: now() + timedelta(days=201))
    jobs.mail_warning(work, str(certified.pk), str(person))
    assert [message.to for message in sent] == [[DANA], [DANA]]
    assert "Certificate of Example Hosting: ISO/IEC 27001" in sent[0].subject
    assert "is valid through" in sent[0].body
    assert "has expired" in sent[1].body
    assert f"{BASE}{certified.provider_id}/" in sent[0].body
    disable()
    jobs.mail_warning(work, str(certified.pk), str(person))
    assert len(sent) == 2


@pytest.mark.django_db(transaction=True)
def test_the_examination(dana, superuser_connection):  # noqa: F811
    """Empty is unproven; what ends, is missing or was changed is outside its limit."""
    with pytest.raises(CannotMeasure, match="No provider"):
        examine()
    add(dana)
    assert examine().values["without"] == 1
    record(dana, valid_from=day(10))
    assert examine().values["without"] == 1  # it has not begun
    record(dana, valid_until=day(30), next_check=day(20))
    good = dict.fromkeys(("without", "expired", "overdue", "changed", "missing"), 0)
    assert examine().values == good | {"providers": 1, "certificates": 1, "soon": 1}
    unknown = Certificate.objects.latest("recorded_at")
    unknown.pk = new_id()
    stated = msgspec.json.decode(unknown.text, type=Statement)
    unknown.text, unknown.signature = statements.sign(replace(stated, id=str(unknown.pk)))
    unknown.save(force_insert=True)  # signed by the service, and in no journal
    assert examine().values["changed"] == 1
    superuser_connection.execute("SET session_replication_role = replica")
    superuser_connection.execute("DELETE FROM providers_certificate WHERE id = %s", [unknown.pk])
    assert examine().values == good | {"providers": 1, "certificates": 1, "soon": 1}
    for change, back in (
        ("name = 'Fort Knox Hosting'", f"name = '{Provider.objects.get().name}'"),
        ("service = 'everything'", "service = 'Servers in Frankfurt'"),
        ("is_public = false", "is_public = true"),
    ):
        superuser_connection.execute(f"UPDATE providers_provider SET {change}")
        assert examine().values["changed"] == 1
        superuser_connection.execute(f"UPDATE providers_provider SET {back}")
        assert examine().values["changed"] == 0
    for change, wrong in (
        ("UPDATE providers_certificate SET valid_until = valid_until + 300", "changed"),
        ("UPDATE providers_certificate SET signature = '', dropped_at = now()", "changed"),
        ("DELETE FROM providers_certificate", "missing"),
        ("UPDATE providers_provider SET ended_at = now()", "changed"),
        ("DELETE FROM providers_provider", "missing"),
    ):
        superuser_connection.execute(change)
        assert examine().values[wrong] > 0
