"""What packages declare is found, is whole, and collides nowhere."""

import pytest
from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from seatrobot.events.overview import OverviewCard
from seatrobot.kernel import features
from seatrobot.kernel.feature import Action as KernelAction
from seatrobot.kernel.features import ByStaff, Feature
from seatrobot.kernel.ids import new_id
from seatrobot.kernel.journal import actions
from seatrobot.organizations.permissions import Role


@pytest.fixture
def declared(monkeypatch):
    """Let a package of the test declare a feature as if it were installed."""
    for lookup in vars(features).values():
        if hasattr(lookup, "cache_clear"):
            lookup.cache_clear()

    def declare(feature):
        ready = (*features.features(), feature)
        monkeypatch.setattr(features, "features", lambda: ready)

    yield declare
    monkeypatch.undo()
    for lookup in vars(features).values():
        if hasattr(lookup, "cache_clear"):
            lookup.cache_clear()


def test_every_action_has_its_sentence_and_phrase():
    for action in features.actions().values():
        assert str(action.sentence)
        assert "%(who)s" in str(action.phrase) or "%(name)s" in str(action.phrase)
        assert action.area in features.areas()


def test_a_new_feature_needs_no_central_list(declared):
    class Action(actions.Action):
        GREET = "greeting:guest:greet", _("Guest greeted"), _("%(who)s greeted a guest")

    declared(Feature(actions=Action))
    assert features.sentence_of("greeting:guest:greet") == "Guest greeted"
    assert KernelAction.VAULT_OPEN in features.actions()


def test_two_packages_cannot_declare_the_same_action(declared):
    class Action(actions.Action):
        OPEN = str(KernelAction.VAULT_OPEN), _("Vault opened")

    declared(Feature(actions=Action))
    with pytest.raises(AssertionError):
        features.actions()


def test_what_extends_an_interface_implements_it(declared):
    assert len(features.extensions(OverviewCard)) == 3
    features.extensions.cache_clear()
    declared(Feature(extends={OverviewCard: "builtins.object"}))
    with pytest.raises(AssertionError):
        features.extensions(OverviewCard)


def test_the_primary_owner_has_every_permission_that_members_have():
    of_members = [permission for permission in features.permissions() if permission.roles]
    assert all(Role.OWNER in permission.roles for permission in of_members)
    of_staff = [each for each in features.permissions() if each not in of_members]
    assert [(each.value, each.by_staff) for each in of_staff] == [
        ("support:field:unmask", ByStaff.READING)
    ]


def test_every_place_of_the_navigation_exists():
    organization, event = new_id(), new_id()
    for item in features.navigation():
        assert reverse(item.url, args=[organization])
    for item in features.event_navigation():
        assert reverse(item.url, args=[organization, event])
