"""What one check-in costs the database, outside any transaction of the test."""

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

pytestmark = pytest.mark.django_db(transaction=True)


def test_five_statements_and_one_commit(client_of, doris, dinner, ada):
    door = client_of(doris)
    address = [dinner.organization_id, dinner.pk]
    door.get(reverse("checkin:counts", args=address))

    with CaptureQueriesContext(connection) as captured:
        door.post(
            reverse("checkin:check-in", args=address),
            {"guest": ada.pk},
            headers={"accept": "application/json"},
        )

    said = [query["sql"].split()[0] for query in captured]
    assert [word for word in said if word in {"BEGIN", "COMMIT"}] == ["BEGIN", "COMMIT"]
    statements = [word for word in said if word not in {"BEGIN", "COMMIT"}]
    assert len(statements) <= 5, statements
    assert statements[-2:] == ["WITH", "INSERT"]
