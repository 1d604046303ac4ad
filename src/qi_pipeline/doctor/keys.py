"""Whether the key that signs the nights' heads of the log is there, and only its owner may read it."""

from __future__ import annotations

import stat
from collections.abc import Iterator
from datetime import date
from pathlib import Path

from qi_pipeline.doctor.checks import Check, fault, ok, warning
from qi_pipeline.settings import Settings

_GROUP = "keys"


def examine(settings: Settings, _today: date) -> Iterator[Check]:
    """One check of the file that ``QI_SIGNING_KEY`` names."""
    place: Path | None = getattr(settings, "signing_key", None)
    if place is None:
        yield warning(_GROUP, "signing", "no key is set: nights are not signed", "make one: qi-pipeline key make")
        return
    try:
        mode = stat.S_IMODE(place.stat().st_mode)
        data = place.read_bytes()
    except OSError as error:
        yield fault(_GROUP, "signing", f"{place} can't be read ({error.strerror})", "mend QI_SIGNING_KEY")
        return
    if mode & 0o077:
        yield fault(_GROUP, "signing", f"{place} may be read by others ({mode:04o})", f"chmod 600 {place}")
        return
    why = _not_a_key(data)
    if why is not None:
        yield fault(_GROUP, "signing", f"{place} holds no Ed25519 key ({why})", "restore it, or make a new one")
        return
    yield ok(_GROUP, "signing", f"{place}")


def _not_a_key(data: bytes) -> str | None:
    from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
    from cryptography.hazmat.primitives.serialization import load_pem_private_key

    try:
        key = load_pem_private_key(data, None)
    except (ValueError, TypeError) as error:
        return str(error).splitlines()[0][:80]
    return None if isinstance(key, Ed25519PrivateKey) else type(key).__name__
