"""Whoever starts the web by hand meets the same guard."""

import subprocess
import sys

from seatrobot.runtime.postgres import ADMINISTRATOR
from seatrobot.runtime.tests.instance import environment


def start(tmp_path, url: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-c", "import seatrobot.web.wsgi"],
        env=environment(tmp_path, DATABASE_URL=url),
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )


def test_a_superuser_is_refused(postgres, tmp_path, django_db_setup):
    answer = start(tmp_path, postgres.url(ADMINISTRATOR))
    assert answer.returncode == 1
    assert "is a superuser" in answer.stderr


def test_the_application_may_start(postgres, tmp_path, django_db_setup):
    from seatrobot.runtime import roles

    answer = start(tmp_path, postgres.url(roles.APP))
    assert answer.returncode == 0, answer.stderr
