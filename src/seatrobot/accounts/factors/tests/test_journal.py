"""A factor that was refused is in the journal, with what exactly did not fit."""

from django.test import Client

from seatrobot.accounts.feature import Action

from .conftest import challenge, enrol, signed_in


def test_a_refused_factor_is_written_and_stays(
    alice, device, transactional_db, superuser_connection
):
    enrol(signed_in(), device)
    client = Client()
    asked = challenge(client, "/sign-in/passkey/options/")
    device.origin = "https://evil.test"
    client.post("/sign-in/passkey/", {"answer": device.get(asked)})
    rows = superuser_connection.execute(
        "SELECT subject_id, actor_id, sealed FROM journal_entry WHERE action = %s",
        [Action.ACCOUNT_FACTOR_FAIL],
    ).fetchall()
    [(subject, actor, sealed)] = rows
    assert (subject, actor) == (alice.account_id, None)
    assert b"evil.test" not in sealed
