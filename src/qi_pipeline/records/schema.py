"""The schema of the database, brought up to date by Alembic; safe when several processes start at once."""

from __future__ import annotations

from importlib import resources
from typing import TYPE_CHECKING

import sqlalchemy as sa

from qi_pipeline.errors import InstallationError
from qi_pipeline.records import database

if TYPE_CHECKING:
    from alembic.config import Config

NEWEST = "0006"
"""The last step of the schema. A database that has it needs no Alembic, which takes a fifth of a second to import."""
_LOCK = 0x71695F64
"""Number of the advisory lock that one migrating process holds on PostgreSQL."""


def upgrade(engine: sa.Engine) -> None:
    """Nothing; the database has the newest schema.

    One process migrates, in one transaction; the others wait for it and find nothing to do. Raises
    :class:`InstallationError` when the database is newer than the program.
    """
    with database.reading(engine) as connection:
        if revision(connection) == NEWEST:
            return
    from alembic import command
    from alembic.script import ScriptDirectory

    config = _config()
    scripts = ScriptDirectory.from_config(config)
    with database.changing_the_schema(engine) as connection:
        if connection.dialect.name == "postgresql":
            connection.execute(sa.select(sa.func.pg_advisory_xact_lock(_LOCK)))
        present = revision(connection)
        if present == NEWEST:
            return
        known = {script.revision for script in scripts.walk_revisions()}
        if present is not None and present not in known:
            raise InstallationError(
                f"the database has schema {present}, which this version does not know; install the newer version again"
            )
        config.attributes["connection"] = connection
        command.upgrade(config, "head")


def revision(connection: sa.Connection) -> str | None:
    """The step of the schema that the database has; None while it is empty."""
    if not sa.inspect(connection).has_table("alembic_version"):
        return None
    found: str | None = connection.execute(sa.text("SELECT version_num FROM alembic_version")).scalar_one_or_none()
    return found


def _config() -> Config:
    from alembic.config import Config

    config = Config()
    place = str(resources.files("qi_pipeline.records").joinpath("migrations"))
    config.set_main_option("script_location", place.replace("%", "%%"))
    config.set_main_option("path_separator", "os")
    return config
