"""Heads are signed with ML-DSA-44, too: others verify it, and what is not whole is refused.

Verified by tlog-scales, which is not ours, and by the words of C2SP tlog-cosignature.
"""

from __future__ import annotations

import base64
import hashlib

import msgspec
import pytest
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.mldsa import MLDSA44PrivateKey, MLDSA44PublicKey
from django.test import Client
from tlog_scales import signing as others
from tlog_scales import tlog

from seatrobot.cli import main
from seatrobot.conftest import as_
from seatrobot.kernel.examiner import examining
from seatrobot.kernel.heads import (
    checkpoint,
    containing,
    cosigning,
    log_file,
    log_files,
    memory,
    services,
)
from seatrobot.kernel.heads.checkpoint import ML_DSA_KEY, VerifierKey
from seatrobot.kernel.journal import proofs, signing
from seatrobot.kernel.journal import services as journal
from seatrobot.kernel.journal.sequencer import sequence
from seatrobot.organizations.feature import Action

pytestmark = pytest.mark.django_db(transaction=True)
STRANGER = MLDSA44PrivateKey.generate()


@pytest.fixture
def published(data, settings, alice):
    settings.ALLOWED_HOSTS = ["testserver"]
    for _ in range(3):
        with as_(alice):
            journal.record(Action.ORGANIZATION_VIEW)
        sequence()
        kept = services.publish()
    return kept


@pytest.fixture
def file(alice, published):
    with as_(alice):
        return log_files.make(alice.organization_id)


@pytest.fixture
def key(published):
    return cosigning.verifier_key(services.origin())


def served(path):
    return Client().get(f"/practices/heads/{path}").content.decode()


def proven(file, *keys):
    return log_file.verify(log_file.written(file), signing.public_key(), *keys)


def without_ml_dsa(file):
    lines = [line for line in file.head.splitlines(keepends=True) if len(line) < 3000]
    return msgspec.structs.replace(file, head="".join(lines))


def signed_by_a_stranger(file):
    other = checkpoint.cosign(file.head, STRANGER, services.origin(), 1_700_000_000)
    return msgspec.structs.replace(file, head=without_ml_dsa(file).head + other)


def with_another_time(file):
    line = checkpoint.cosignatures(file.head, services.origin(), ML_DSA_KEY)[0]
    raw = bytearray(base64.b64decode(line.rpartition(" ")[2]))
    raw[11] ^= 1
    changed = f"{line.rpartition(' ')[0]} {base64.b64encode(raw).decode()}"
    return msgspec.structs.replace(file, head=file.head.replace(line, changed))


def test_a_verifier_of_others_accepts_both_signatures(published):
    found = tlog.Checkpoint.from_text(served("checkpoint"))
    for path in ("key", "key/ml-dsa-44"):
        found.verify(others.Vkey.from_string(served(path).strip()))
    other = VerifierKey(services.origin(), ML_DSA_KEY, STRANGER.public_key())
    with pytest.raises(RuntimeError):
        found.verify(others.Vkey.from_string(other.text))


def test_the_signature_is_as_c2sp_writes_it(published):
    """By the words of c2sp.org/tlog-cosignature, not by our own code."""
    body, _, signatures = served("checkpoint").partition("\n\n")
    origin, size, root = body.split("\n")
    name, digest, encoded = served("key/ml-dsa-44").strip().split("+", 2)
    public = base64.b64decode(encoded)
    assert (name, public[0], len(public)) == (origin, 6, 1 + 1312)
    assert hashlib.sha256(name.encode() + b"\n" + public).digest()[:4].hex() == digest
    lines = [line.split(" ") for line in signatures.splitlines()]
    raws = [base64.b64decode(line[2]) for line in lines if line[:2] == ["—", name]]
    (raw,) = [raw for raw in raws if raw[:4].hex() == digest]
    timestamp, signature = raw[4:12], raw[12:]
    assert len(signature) == 2420
    assert 0 < int.from_bytes(timestamp, "big") < 2**63
    message = b"subtree/v1\n\x00" + bytes([len(name)]) + name.encode() + timestamp
    message += bytes([len(origin)]) + origin.encode() + bytes(8)
    message += int(size).to_bytes(8, "big") + base64.b64decode(root)
    verifier = MLDSA44PublicKey.from_public_bytes(public[1:])
    verifier.verify(signature, message)
    with pytest.raises(InvalidSignature):
        verifier.verify(signature, message + b"\x00")


def test_a_signature_that_others_make_is_accepted(published):
    """The other way round: tlog-scales signs, and our code reads the line."""
    signer = others.MLDSA44CosignatureSigner("witness.example.org", STRANGER)
    line = signer.sign(tlog.Checkpoint.from_text(published.note)).serialize()
    public = checkpoint.read_key(signer.vkey.serialize(), ML_DSA_KEY)
    assert checkpoint.cosigned_at(published.note, line, public)
    other = published.note.replace("\n3\n", "\n4\n")
    assert checkpoint.cosigned_at(other, line, public) is None


def test_a_log_is_proven_with_one_key_and_with_both(file, key):
    assert "by the key that the file names" in proven(file)
    assert "by the key that you named" in proven(file, key)
    neither = msgspec.structs.replace(without_ml_dsa(file), cosigner="")
    assert "ML-DSA" not in proven(neither)
    with pytest.raises(proofs.BadProof):
        proven(neither, key)


@pytest.mark.parametrize("spoil", [without_ml_dsa, signed_by_a_stranger, with_another_time])
def test_a_signature_that_is_there_must_verify(spoil, file, key):
    spoiled = spoil(file)
    for keys in ((), (key,)):
        with pytest.raises(proofs.BadProof, match="ML-DSA-44"):
            proven(spoiled, *keys)


def test_a_file_with_a_key_of_its_own_is_refused_by_whoever_knows_the_true_one(file, key):
    forged = signed_by_a_stranger(file)
    forged.cosigner = VerifierKey(services.origin(), ML_DSA_KEY, STRANGER.public_key()).text
    assert "by the key that the file names; compare that" in proven(forged)
    with pytest.raises(proofs.BadProof):
        proven(forged, key)


def test_the_command_takes_both_keys(file, key, tmp_path, capsys, monkeypatch):
    monkeypatch.setattr("seatrobot.cli._run", lambda args: args.run(args))
    assert main(["journal", "key", "--ml-dsa"]) == 0
    assert capsys.readouterr().out == f"{key.text}\n"
    place = tmp_path / "log.json"
    place.write_bytes(log_file.written(file))
    both = ["--key", signing.verifier_key(), "--key", key.text]
    assert main(["journal", "verify", str(place), *both]) == 0
    assert "by the key that you named" in capsys.readouterr().out
    assert main(["journal", "verify", str(place), *both[2:]]) == 2
    place.write_bytes(log_file.written(without_ml_dsa(file)))
    assert main(["journal", "verify", str(place), *both]) == 1


def test_a_kept_head_with_a_wrong_signature_is_found(published):
    wrong = checkpoint.cosign(published.note, STRANGER, services.origin(), 1_700_000_000)
    for line in (wrong, ""):
        memory.keep(msgspec.structs.replace(published, cosignature=line), [])
        with examining() as examiner:
            found = containing.examine(examiner, memory.read()).wrong
        assert found == [
            "The head that was kept is not signed by our key of the other kind (ML-DSA-44)."
        ]


def test_a_head_that_is_pasted_must_have_our_signature_where_it_has_one(client, published):
    whole = published.note + published.cosignature
    assert b"Your head is contained" in client.post("/practices/head/", {"head": whole}).content
    wrong = checkpoint.cosign(published.note, STRANGER, services.origin(), 1_700_000_000)
    answer = client.post("/practices/head/", {"head": published.note + wrong})
    assert answer.status_code == 422


def test_the_key_is_for_its_owner_alone(published, settings):
    file = settings.ML_DSA_KEY
    assert file.stat().st_mode & 0o777 == 0o600
    assert file.read_text().startswith("-----BEGIN PRIVATE KEY-----")
