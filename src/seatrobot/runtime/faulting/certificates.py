"""A throwaway authority and certificates for this machine, as short-lived as wanted."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID

from seatrobot.kernel.clock import now

PEM = serialization.Encoding.PEM


class Authority:
    """Signs certificates for `localhost`; `file` is what a client has to trust."""

    def __init__(self, place: Path) -> None:
        self.key = ec.generate_private_key(ec.SECP256R1())
        self.name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "Seeded faults")])
        self.file = place / "authority.pem"
        builder = self._builder(self.key, self.name, days=30)
        builder = builder.add_extension(
            x509.BasicConstraints(ca=True, path_length=0), critical=True
        )
        signed = builder.add_extension(
            _usage(key_cert_sign=True, crl_sign=True), critical=True
        ).sign(self.key, hashes.SHA256())
        self.file.write_bytes(signed.public_bytes(PEM))
        self.certificate, self.private_key = place / "certificate.pem", place / "key.pem"

    def issue(self, days: int, place: Path | None = None) -> None:
        """Write a new key and a certificate that is valid for so many days from now.

        place: a directory for files of these names, instead of those that are configured.
        """
        key = ec.generate_private_key(ec.SECP256R1())
        names = x509.SubjectAlternativeName([x509.DNSName("localhost")])
        subject = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "localhost")])
        builder = self._builder(key, subject, days).add_extension(names, critical=False)
        builder = builder.add_extension(_usage(digital_signature=True), critical=True)
        purpose = x509.ExtendedKeyUsage([ExtendedKeyUsageOID.SERVER_AUTH])
        builder = builder.add_extension(purpose, critical=False)
        signed = builder.sign(self.key, hashes.SHA256())
        form = (serialization.PrivateFormat.PKCS8, serialization.NoEncryption())
        where = place or self.certificate.parent
        (where / "key.pem").write_bytes(key.private_bytes(PEM, *form))
        (where / "certificate.pem").write_bytes(signed.public_bytes(PEM))

    def _builder(
        self, key: ec.EllipticCurvePrivateKey, subject: x509.Name, days: int
    ) -> x509.CertificateBuilder:
        builder = x509.CertificateBuilder().subject_name(subject).issuer_name(self.name)
        builder = builder.public_key(key.public_key())
        ours = x509.AuthorityKeyIdentifier.from_issuer_public_key(self.key.public_key())
        builder = builder.add_extension(ours, critical=False)
        named = x509.SubjectKeyIdentifier.from_public_key(key.public_key())
        builder = builder.add_extension(named, critical=False)
        builder = builder.serial_number(x509.random_serial_number())
        builder = builder.not_valid_before(now() - timedelta(days=9))
        return builder.not_valid_after(now() + timedelta(days=days))


def _usage(**allowed: bool) -> x509.KeyUsage:
    kinds = (
        "digital_signature content_commitment key_encipherment data_encipherment key_agreement"
        " key_cert_sign crl_sign encipher_only decipher_only"
    )
    return x509.KeyUsage(**dict.fromkeys(kinds.split(), False) | allowed)
