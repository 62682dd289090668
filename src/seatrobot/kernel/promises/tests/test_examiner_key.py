"""Evidence is signed by the examiner's key alone, of which the web needs the public half."""

from __future__ import annotations

import pytest

from seatrobot.kernel.journal import signing
from seatrobot.kernel.promises import statements
from seatrobot.kernel.promises.models import Examination

EXAMINATION = Examination("i", "access.doors", "2026-11-29T18:00:00+00:00", 0.1, "c", "h", "j")


@pytest.fixture
def keys(settings, tmp_path):
    settings.JOURNAL_KEY = tmp_path / "journal.key"
    settings.EVIDENCE_KEY = tmp_path / "examiner" / "evidence.key"
    settings.EVIDENCE_PUBLIC = tmp_path / "evidence.pub"
    return tmp_path


def read(text, signature):
    return statements.read("access.doors", "i", text, signature)


def test_the_web_verifies_evidence_without_the_key_that_signs_it(keys):
    signed = statements.sign(EXAMINATION)
    (keys / "examiner" / "evidence.key").unlink()
    assert read(*signed) == EXAMINATION
    assert [path.name for path in (keys / "examiner").iterdir()] == []


def test_evidence_signed_with_the_key_of_the_web_counts_for_nothing(keys):
    statements.sign(EXAMINATION)
    text, _ = statements.sign(EXAMINATION)
    forged = signing.sign_bytes(text.encode())
    with pytest.raises(statements.InvalidStatement):
        read(text, forged)


def test_another_public_key_is_found_by_the_examiner(keys):
    statements.sign(EXAMINATION)
    assert statements.is_examiner_known()
    (keys / "evidence.pub").write_text(signing.verifier_key())
    assert not statements.is_examiner_known()
    (keys / "evidence.pub").unlink()
    assert statements.is_examiner_known()
