"""Certificates, as an owner of a machine would have them."""

import datetime as dt
import ipaddress
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

from openbell.core.types import DAY_NS, NS
from openbell.run.clock import WallClock
from openbell.run.web.public import Tls


def issue(folder: Path, *, days: int = 7, has_names: bool = True) -> Tls:
    """Write a certificate for this machine, valid from yesterday for so many days, and its key."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "desk")])
    first = dt.datetime.fromtimestamp((WallClock().now() - DAY_NS) // NS, dt.UTC)
    builder = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(first)
        .not_valid_after(first + dt.timedelta(days=days))
        .add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
    )
    if has_names:
        known = [x509.DNSName("localhost"), x509.IPAddress(ipaddress.ip_address("127.0.0.1"))]
        builder = builder.add_extension(x509.SubjectAlternativeName(known), critical=False)
    made = builder.sign(key, hashes.SHA256())
    tls = Tls(certificate=folder / "desk.pem", key=folder / "desk.key")
    tls.certificate.write_bytes(made.public_bytes(serialization.Encoding.PEM))
    form, plain = serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    tls.key.touch(0o600)
    tls.key.write_bytes(key.private_bytes(serialization.Encoding.PEM, form, plain))
    return tls
