"""The tests' own database behaves as the product's: the application's role, nothing more."""

import socket

import pytest
from django.contrib.contenttypes.models import ContentType
from django.db import connection
from pytest_socket import SocketConnectBlockedError


def role():
    with connection.cursor() as cursor:
        cursor.execute("SELECT current_user")
        return cursor.fetchone()[0]


@pytest.mark.django_db
def test_django_is_connected_as_the_application():
    assert role() == "seatrobot_app"


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("time", ["first", "second"])
def test_what_a_transactional_test_commits_is_gone_for_the_next(time, owner_connection):
    assert owner_connection.execute("SELECT count(*) FROM procrastinate_jobs").fetchone() == (0,)
    with connection.cursor() as cursor:
        cursor.execute(
            "INSERT INTO procrastinate_jobs (queue_name, task_name) VALUES ('default', 'test')"
        )
    assert ContentType.objects.exists()


@pytest.mark.filterwarnings("ignore:A test tried")
def test_the_network_is_closed():
    with socket.socket() as outside, pytest.raises(SocketConnectBlockedError):
        outside.connect(("192.0.2.1", 80))
