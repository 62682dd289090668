"""The limit to compare with: Django alone, one view, three statements, one durable commit.

python bench/bare_django.py postgresql://owner@/database 8099
"""

from __future__ import annotations

import os
import sys
from pathlib import Path

import dj_database_url
import django
import psycopg
from django.conf import settings
from django.core.handlers.wsgi import WSGIHandler
from django.http import HttpRequest, HttpResponse
from django.urls import path

CREATE = """
CREATE TABLE IF NOT EXISTS bare (number int PRIMARY KEY, times int);
CREATE TABLE IF NOT EXISTS bare_log (id bigserial PRIMARY KEY, number int, at timestamptz);
INSERT INTO bare SELECT n, 0 FROM generate_series(0, 9999) n ON CONFLICT DO NOTHING;
"""
GRANIAN = ["--interface=wsgi", "--no-ws", "--workers=2", "--blocking-threads=2"]


def view(request: HttpRequest) -> HttpResponse:
    from django.db import connection, transaction

    number = int(request.POST["number"])
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute("SELECT times FROM bare WHERE number = %s", [number])
        cursor.execute("UPDATE bare SET times = times + 1 WHERE number = %s", [number])
        cursor.execute("INSERT INTO bare_log (number, at) VALUES (%s, now())", [number])
    return HttpResponse("{}", headers={"Content-Length": "2"})


urlpatterns = [path("", view)]


def application() -> WSGIHandler:
    database = {**dj_database_url.parse(os.environ["BARE_URL"]), "CONN_MAX_AGE": None}
    settings.configure(
        ALLOWED_HOSTS=["127.0.0.1"],
        SECRET_KEY="bench",
        ROOT_URLCONF=__name__,
        MIDDLEWARE=[],
        DATABASES={"default": database},
    )
    django.setup(set_prefix=False)
    return WSGIHandler()


def main(url: str, port: str) -> None:
    with psycopg.connect(url) as owner:
        owner.execute(CREATE)
    os.environ |= {"BARE_URL": url, "PYTHONPATH": str(Path(__file__).parent)}
    target = ["--factory", "bare_django:application", "--port", port]
    os.execv(sys.executable, [sys.executable, "-m", "granian", *GRANIAN, *target])


if __name__ == "__main__":
    main(*sys.argv[1:])
