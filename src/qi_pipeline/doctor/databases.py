"""Whether the database is there, has this program's schema, and is kept where its locks hold."""

from __future__ import annotations

import os
from collections.abc import Iterator
from datetime import date

from qi_pipeline.doctor.checks import Check, fault, ok, warning
from qi_pipeline.errors import QiError
from qi_pipeline.records import health
from qi_pipeline.settings import Settings

_GROUP = "database"
_OLDEST_POSTGRESQL = 13


def examine(settings: Settings, _today: date) -> Iterator[Check]:
    """What looking at it says; nothing is made or brought up to date."""
    place = health.sqlite_file(settings.database_url) if settings.database_url.startswith("sqlite") else None
    if place is not None and not place.exists() and not os.access(place.parent, os.W_OK | os.X_OK):
        said = f"{place} is not there, and {place.parent} is no folder that this user may write"
        yield fault(_GROUP, "reachable", said, "make the folder and give it to this user, or mend QI_DATABASE_URL")
        return
    try:
        seen = health.look(settings.database_url)
    except QiError as error:
        said, _, remedy = str(error).partition("; ")
        yield fault(_GROUP, "reachable", said, remedy or "start it, or mend QI_DATABASE_URL")
        return
    yield ok(_GROUP, "reachable", f"{seen.backend} {seen.version}")
    yield _schema(seen)
    if seen.unguarded:
        said = f"the event log can be rewritten: {', '.join(seen.unguarded)} removed or turned off"
        remedy = "find out who did it, run `qi-pipeline verify-log`, and restore the last backup"
        yield fault(_GROUP, "append-only", said, remedy)
    elif seen.schema == seen.newest:
        yield ok(_GROUP, "append-only", "the event log refuses changes")
    if seen.backend == "sqlite":
        yield from _sqlite(seen, None if place is None else os.access(place, os.W_OK) or not place.exists())
    else:
        yield from _postgresql(seen)


def _schema(seen: health.Health) -> Check:
    if seen.schema is None:
        return ok(_GROUP, "schema", "empty; the first run makes it")
    if seen.schema == seen.newest:
        return ok(_GROUP, "schema", f"step {seen.schema}, the newest")
    if seen.schema > seen.newest:
        said = f"step {seen.schema}; this program knows {seen.newest}"
        return fault(_GROUP, "schema", said, "install the newer program again")
    said = f"step {seen.schema} of {seen.newest}"
    return warning(_GROUP, "schema", said, "make a backup; the next run brings it up to date")


def _sqlite(seen: health.Health, writable: bool | None) -> Iterator[Check]:
    if writable is False:
        yield fault(_GROUP, "permissions", "this user may not write it", "give the file and its folder to this user")
    if seen.problem is not None:
        yield fault(_GROUP, "whole", f"the file is damaged: {seen.problem}", "restore the last backup")
    else:
        yield ok(_GROUP, "whole", "its quick check found nothing")
    if seen.is_shared:
        said = f"the file lies on {seen.file_system}, where its locks don't hold"
        yield fault(_GROUP, "local disk", said, "lay it on a local disk, or use PostgreSQL (QI_DATABASE_URL)")
    else:
        yield ok(_GROUP, "local disk", seen.file_system or "it can't be told on this system")
    if seen.journal not in (None, "wal"):
        said = f"its journal is {seen.journal}, so readers and writers wait for each other"
        yield fault(_GROUP, "journal", said, "lay it where a write-ahead log (WAL) is possible: a local disk")
    elif seen.journal is not None:
        yield ok(_GROUP, "journal", "write-ahead log")


def _postgresql(seen: health.Health) -> Iterator[Check]:
    major = int(seen.version.split(".")[0].split()[0])
    if major < _OLDEST_POSTGRESQL:
        said = f"PostgreSQL {seen.version} is older than {_OLDEST_POSTGRESQL}"
        yield fault(_GROUP, "version", said, f"bring the server to {_OLDEST_POSTGRESQL} or newer")
    else:
        yield ok(_GROUP, "version", f"PostgreSQL {seen.version}")
    if seen.waiting:
        said = f"{seen.waiting} sessions wait for a lock"
        yield warning(_GROUP, "locks", said, "look again; if it lasts, see pg_stat_activity for who holds it")
    else:
        yield ok(_GROUP, "locks", "nobody waits for one")
