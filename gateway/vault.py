"""Secrets of this shop, made at the first start and readable by its owner alone."""

from __future__ import annotations

import hmac
import os
import secrets
from collections.abc import Callable
from pathlib import Path

TOKEN_FILE = "operator.token"
SECRET_FILE = "secret.key"
ISSUER_FILE = "issuer.key"


def operator_token(data: Path, setting: str = "") -> str:
    """The token of the person who runs the shop; all rights. The setting COGWERK_OPERATOR_TOKEN, or a file."""
    return setting or _once(data / TOKEN_FILE, lambda: "cwo_" + secrets.token_urlsafe(32))


def cart_secret(data: Path, setting: str) -> bytes:
    """What cart keys are derived with: the setting COGWERK_SECRET, or a file of this data directory."""
    return (setting or _once(data / SECRET_FILE, lambda: secrets.token_urlsafe(32))).encode()


def pricing_secret(data: Path, setting: str) -> bytes:
    """What hides codes, addresses and e-mails in the tables of pricing: of the same source, and another one."""
    return hmac.digest(cart_secret(data, setting), b"pricing", "sha256")


def fingerprint(secret: bytes) -> str:
    """Tells secrets apart and none of them: 32 hexadecimal digits."""
    return hmac.digest(secret, b"fingerprint", "sha256").hex()[:32]


def issuer_key(data: Path) -> str:
    """The private key (Ed25519, PEM) that a developer's own tokens are signed with: a file of this data directory."""
    return _once(data / ISSUER_FILE, _new_key)


def _new_key() -> str:
    # Needed on a developer's machine alone, and not quick to import.
    from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
    from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat

    key = Ed25519PrivateKey.generate()
    return key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()).decode()


def _once(path: Path, make: Callable[[], str]) -> str:
    """Reads the file, or makes it whole under its name: a crash in between leaves no half a secret."""
    if not path.exists():
        fresh = path.with_name(f".{path.name}.{secrets.token_hex(4)}")
        descriptor = os.open(fresh, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        with os.fdopen(descriptor, "w") as file:
            file.write(make().strip() + "\n")
            file.flush()
            os.fsync(file.fileno())
        try:
            os.link(fresh, path)  # never over a file that another process has just made
        except FileExistsError:
            pass
        finally:
            fresh.unlink()
    return path.read_text().strip()
