"""``python tools/runtime_lock.py requirements.lock``: the part of the lock that the program runs on, hashes and all.

The lock names what asked for each package. What nothing but the groups of development and documentation asked for is
left out, so that an image holds no test server, no compiler of documentation and no type checker.
"""

from __future__ import annotations

import re
import sys
from pathlib import Path

_ENTRY = re.compile(r"^([a-z0-9][a-z0-9._-]*)==", re.IGNORECASE)
_VIA = re.compile(r"^\s+#\s+(?:via\s+)?(\S.*)$")
_OURS = "qi-pipeline (pyproject.toml)"


def runtime(lock: str) -> str:
    """The entries that our own dependencies and extras lead to, as they stand in the lock."""
    entries: dict[str, list[str]] = {}
    name = ""
    for line in lock.splitlines():
        found = _ENTRY.match(line)
        if found:
            name = found[1].lower()
        if name:
            entries.setdefault(name, []).append(line)
    asked = {
        name: {via[1].strip() for line in lines if (via := _VIA.match(line)) and via[1] != "via"}
        for name, lines in entries.items()
    }
    kept: set[str] = set()
    while more := {name for name in entries if name not in kept and (_OURS in asked[name] or asked[name] & kept)}:
        kept |= more
    return "".join(line + "\n" for name, lines in entries.items() if name in kept for line in lines)


if __name__ == "__main__":
    sys.stdout.write(runtime(Path(sys.argv[1]).read_text(encoding="utf-8")))
