"""Special categories of data open for whoever holds their class of keys, and for nobody else."""

from __future__ import annotations

import msgspec
import pytest

from seatrobot.conftest import as_, colleague
from seatrobot.guests.models import Guest
from seatrobot.kernel import acting
from seatrobot.kernel.actor import Actor
from seatrobot.kernel.ids import new_id
from seatrobot.kernel.principals import Operator
from seatrobot.kernel.tenancy.scopes import Scope
from seatrobot.kernel.vault import services as vault
from seatrobot.kernel.vault.errors import KeyringRefused, SealBroken
from seatrobot.kernel.vault.fields import SealedField
from seatrobot.kernel.vault.keyring import KeyClass, Keyring
from seatrobot.kernel.vault.rootkey import FileRootKey
from seatrobot.organizations.models import Membership
from seatrobot.organizations.permissions import GrantedRole, Role
from seatrobot.organizations.services import change_member

pytestmark = pytest.mark.django_db

PLACE = b"guests_guest.special"
SPECIAL = KeyClass.SPECIAL


class Health(msgspec.Struct):
    allergy: str = ""


def field():
    made = SealedField(Health, key_class=SPECIAL)
    made.set_attributes_from_name("special")
    made.model = Guest
    return made


@pytest.fixture
def sealed(alice):
    """An allergy of one guest, as the door's own import would seal it."""
    pk = new_id()
    with acting.acting(Actor.job("import"), alice.organization_id):
        raw = field().seal_record(pk, alice.organization_id, Health("Peanuts"))
    return pk, alice.organization_id, raw


@pytest.mark.parametrize("role", [Role.ADMINISTRATOR, Role.TEAM, Role.MANAGER])
def test_who_runs_the_event_opens_it(role, alice, dinner, sealed):
    member = colleague("Kim", role, alice, [dinner.pk])
    with member.acting(event_id=dinner.pk):
        assert field().open_record(*sealed).allergy == "Peanuts"
    with member.acting(Scope(dinner.pk)):
        assert field().open_record(*sealed).allergy == "Peanuts"


@pytest.mark.parametrize("role", [Role.VIEWER, Role.DOOR, Role.LIMITED])
def test_viewer_and_door_do_not(role, alice, dinner, sealed):
    member = colleague("Kim", role, alice, [dinner.pk])
    with member.acting(event_id=dinner.pk), pytest.raises(KeyringRefused, match="special"):
        field().open_record(*sealed)


def test_a_manager_of_another_event_does_not(alice, bob, dinner, sealed):
    with as_(alice):
        row = Membership.objects.get(
            account_id=bob.account_id, organization_id=alice.organization_id
        )
        grants = [GrantedRole(Role.VIEWER, dinner.pk)]
        change_member(actor=alice, membership_id=row.pk, role=Role.LIMITED, grants=grants)
    member = colleague("Kim", Role.MANAGER, alice, [dinner.pk])
    for event_id in (new_id(), None):
        with member.acting(event_id=event_id), pytest.raises(KeyringRefused):
            field().open_record(*sealed)


@pytest.mark.parametrize(
    "actor", [Actor.job("import"), Actor.link("guest", new_id()), Actor.system("promises")]
)
def test_a_unit_of_work_without_a_principal_does_not(actor, alice, sealed):
    with acting.acting(actor, alice.organization_id), pytest.raises(KeyringRefused):
        field().open_record(*sealed)


def test_work_inside_that_of_somebody_who_may_does_not(alice, sealed):
    with as_(alice), acting.acting(Actor.job("inner"), alice.organization_id):
        with pytest.raises(KeyringRefused):
            field().open_record(*sealed)


def test_the_operator_opens_it_by_name(alice, sealed):
    with Operator.service(alice.organization_id, "export").acting():
        assert field().open_record(*sealed).allergy == "Peanuts"


def test_the_keys_of_records_do_not_open_it_nor_the_other_way_round(alice):
    organization = alice.organization_id
    with as_(alice):
        special = vault.seal(organization, b"text", PLACE, SPECIAL)
        plain = vault.seal(organization, b"text", PLACE)
        with pytest.raises(SealBroken):
            vault.open_sealed(organization, special, PLACE)
        with pytest.raises(SealBroken):
            vault.open_sealed(organization, plain, PLACE, SPECIAL)


def test_a_keyring_keeps_its_classes_when_it_is_wrapped(tmp_path):
    root = FileRootKey(tmp_path / "root.key")
    keyring = Keyring.new()
    again = Keyring.unwrap(keyring.wrap(root, b"name"), root, b"name")
    assert again.open(keyring.seal(b"text", PLACE, SPECIAL), PLACE, SPECIAL) == b"text"
    with pytest.raises(SealBroken):
        again.open(keyring.seal(b"text", PLACE, SPECIAL), PLACE)


def test_pages_open_it_in_their_event(alice, max_, vera, dinner, sealed):
    assert max_.key_classes(dinner.pk) == {SPECIAL}
    assert max_.key_classes() == frozenset()
    assert vera.key_classes(dinner.pk) == frozenset()
    assert alice.key_classes() == {SPECIAL}
