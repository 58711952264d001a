"""What has to be there before the control room answers to other machines."""

import datetime as dt
import ipaddress
import os
import ssl
import stat
from pathlib import Path

import msgspec
from cryptography import x509

from openbell.core.types import NS
from openbell.links import is_own_host

Network = ipaddress.IPv4Network | ipaddress.IPv6Network


class PublicBind(Exception):
    """An address that others reach, without what that needs; the text says what is missing."""


class Tls(msgspec.Struct, frozen=True, kw_only=True):
    """Files of a certificate (PEM, the chain behind it) and of its key."""

    certificate: Path
    key: Path


def check(host: str, tls: Tls | None, allowed: tuple[str, ...], *, has_factor: bool, has_link: bool) -> None:
    """Do nothing if an address may be listened on.

    That is this machine's own, or one for which everything is there that others need.

    Args:
        host: Where to listen.
        tls: Certificate and key.
        allowed: Who may ask, as addresses or networks.
        has_factor: True where the owner has a second factor.
        has_link: True where a link would let in without it.

    Raises:
        PublicBind: Something is missing; all of it is named.
    """
    if is_own_host(host):
        return
    missing = []
    if tls is None:
        missing.append("TLS (--tls-cert FILE --tls-key FILE)")
    if not allowed:
        missing.append("the addresses that may ask (--allow 192.0.2.0/24, as often as needed)")
    if not has_factor:
        missing.append("a second factor (serve on 127.0.0.1 first, and begin one under Settings)")
    if has_link:
        missing.append("a door for the owner alone (a link of --open lets in without the second factor: leave it out)")
    if missing:
        raise PublicBind(
            f"--host {host} is reached from other machines and lacks {'; '.join(missing)}. Or listen on 127.0.0.1 and"
            " reach it through an SSH tunnel (ssh -L 8787:127.0.0.1:8787 HOST)"
        )


def networks(allowed: tuple[str, ...]) -> tuple[Network, ...]:
    """Return addresses and networks as such.

    Raises:
        PublicBind: One of them is none.
    """
    found = []
    for text in allowed:
        try:
            found.append(ipaddress.ip_network(text, strict=False))
        except ValueError:
            raise PublicBind(
                f"--allow {text} is no address or network; one looks like 192.0.2.7 or 192.0.2.0/24"
            ) from None
    return tuple(found)


def names(tls: Tls, now: int) -> tuple[str, ...]:
    """Return the names and addresses of a certificate; the server answers to no others.

    Args:
        tls: Its files.
        now: UTC ns.

    Raises:
        PublicBind: A file cannot be read or is none, the key is not the certificate's or lies open to others, or the
            certificate is not valid now.
    """
    try:
        certificate = x509.load_pem_x509_certificate(tls.certificate.read_bytes())
    except OSError as error:
        raise PublicBind(f"--tls-cert {tls.certificate}: {error.strerror}") from None
    except ValueError:
        raise PublicBind(f"--tls-cert {tls.certificate} is no certificate in PEM") from None
    at = dt.datetime.fromtimestamp(now // NS, dt.UTC)
    first, last = certificate.not_valid_before_utc, certificate.not_valid_after_utc
    if not first <= at <= last:
        raise PublicBind(f"--tls-cert {tls.certificate} is valid from {first:%Y-%m-%d} to {last:%Y-%m-%d}: renew it")
    _check_key(tls)
    try:
        found = certificate.extensions.get_extension_for_class(x509.SubjectAlternativeName).value
    except x509.ExtensionNotFound:
        raise PublicBind(f"--tls-cert {tls.certificate} names no host (subjectAltName): browsers refuse it") from None
    return (*found.get_values_for_type(x509.DNSName), *map(str, found.get_values_for_type(x509.IPAddress)))


def _check_key(tls: Tls) -> None:
    """Refuse a key that others can read, or that is not the certificate's."""
    try:
        if os.name == "posix" and stat.S_IMODE(tls.key.stat().st_mode) & 0o077:
            raise PublicBind(f"--tls-key {tls.key} can be read by others: chmod 600 {tls.key}")
        ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER).load_cert_chain(tls.certificate, tls.key, password="")
    except ssl.SSLError:
        raise PublicBind(f"--tls-key {tls.key} is not the key of {tls.certificate}, or has a password") from None
    except OSError as error:
        raise PublicBind(f"--tls-key {tls.key}: {error.strerror}") from None
