"""The errors that stop a result from being given, in one tree.

::

    QiError
    ├── PacketError          the packet's fault: quarantine, exit 3
    ├── PassingError         a fault that passes: tried again, exit 1 (full disk, locked database)
    ├── InstallationError    the installation's fault: stop and say so, exit 2
    └── UsageError           wrong arguments, settings or input tables, exit 2

What is wrong with a *paper* is never an error but a finding.
"""

from __future__ import annotations

from enum import IntEnum


class ExitCode(IntEnum):
    """Exit statuses of the command line."""

    OK = 0
    UNEXPECTED = 1
    USAGE = 2
    QUARANTINED = 3


class QiError(Exception):
    """A known error; the message ends with the remedy."""

    exit_code = ExitCode.UNEXPECTED
    retryable = False
    code = "error"

    def __init__(self, message: str, *, code: str | None = None) -> None:
        super().__init__(message)
        if code is not None:
            self.code = code

    def lines(self) -> tuple[str, ...]:
        """The lines that a person is told: one, but where a table has bad rows."""
        return (str(self),)


PACKET_CODES = frozenset(
    {
        "encrypted",
        "corrupt",
        "unsupported_type",
        "too_large",
        "too_many_pages",
        "image_bomb",
        "archive_bomb",
        "unsafe_path",
        "permission",
        "empty",
        "timeout",
    }
)
"""The ``failed`` codes of the contract, section 5."""


class PacketError(QiError):
    """A file or packet that can't be read; ``code`` is one of :data:`PACKET_CODES`."""

    exit_code = ExitCode.QUARANTINED

    def __init__(self, code: str, message: str) -> None:
        if code not in PACKET_CODES:
            raise ValueError(f"unknown packet code {code}")
        super().__init__(message, code=code)


class PassingError(QiError):
    """A fault that passes by itself or once its cause is removed; nothing was lost."""

    code = "passing"
    retryable = True


class InstallationError(QiError):
    """Something that the installation lacks: an engine, a font, a folder, a calendar."""

    code = "installation"
    exit_code = ExitCode.USAGE


class UsageError(QiError):
    """Wrong arguments, settings or input tables; the message names the row or key and the remedy."""

    code = "usage"
    exit_code = ExitCode.USAGE
