"""Migrations to the schema that this code needs, and which revision that is. Configures Alembic."""

import logging
from pathlib import Path

from alembic import command
from alembic.config import Config
from alembic.script import ScriptDirectory
from sqlalchemy import Connection, text

from milepost.db.failures import unavailable_when_unreachable

_SCRIPTS = Path(__file__).resolve().parents[3] / "alembic"


def sqlalchemy_url(database_url: str) -> str:
    """The same address for SQLAlchemy, which needs the driver's name: `postgresql+asyncpg://…`."""
    scheme, separator, rest = database_url.partition("://")
    if not separator or scheme.partition("+")[0] not in {"postgresql", "postgres"}:
        raise ValueError("database_url must begin with postgresql://")
    return f"postgresql+asyncpg://{rest}"


def alembic_config(database_url: str = "") -> Config:
    """Configuration without an ini file; `database_url` as in the settings."""
    config = Config()
    config.set_main_option("script_location", str(_SCRIPTS))
    config.set_main_option("path_separator", "os")
    config.attributes["database_url"] = database_url
    return config


def upgrade(database_url: str, revision: str = "head") -> None:
    """Run the migrations up to `revision`. Runs its own event loop: do not call it inside one.

    Raises:
        DatabaseUnavailable: the database is unreachable, or its disk is full. The migrations before the one that failed
            are done, and the same call goes on from there.
    """
    logging.getLogger("alembic").setLevel(logging.WARNING)
    with unavailable_when_unreachable():
        command.upgrade(alembic_config(database_url), revision)


def downgrade(database_url: str, revision: str) -> None:
    """Run the migrations down to `revision` (`base` for an empty database)."""
    command.downgrade(alembic_config(database_url), revision)


def head() -> str:
    """The newest revision this code knows."""
    newest = ScriptDirectory.from_config(alembic_config()).get_current_head()
    if newest is None:
        raise RuntimeError(f"no migrations in {_SCRIPTS}")
    return newest


def is_known(revision: str) -> bool:
    """Does this code have that revision? A newer version of the code may have migrated further."""
    return any(script.revision == revision for script in ScriptDirectory.from_config(alembic_config()).walk_revisions())


def distribute(connection: Connection, table: str, *, reference: bool = False) -> None:
    """On Citus, distribute a new table by learner or copy it to all nodes; on plain PostgreSQL do nothing."""
    if not connection.execute(text("SELECT 1 FROM pg_extension WHERE extname = 'citus'")).scalar():
        return
    if reference:
        connection.execute(text("SELECT create_reference_table(:table)"), {"table": table})
    else:
        connection.execute(text("SELECT create_distributed_table(:table, 'learner_id')"), {"table": table})


def refill(connection: Connection, *projections: str) -> None:
    """Have the job `refill_projections` refill these projections of all learners (`services/rebuild/refills.py`).

    An installation without learners needs none. A refill that is under way begins again.
    """
    # The job puts its own instant here when it begins: a migration reads no clock.
    mark = """
        INSERT INTO backfills (name, started_at)
        SELECT :name, 'epoch' WHERE EXISTS (SELECT FROM learners) OR EXISTS (SELECT FROM activities)
        ON CONFLICT (name) DO UPDATE SET cursor = NULL, done = 0, started_at = 'epoch', finished_at = NULL
    """
    for projection in projections:
        for name in (f"refill:{projection}", f"refill:{projection}:late"):
            connection.execute(text(mark), {"name": name})
