"""Bring names and labels into one spelling: NFC, without white space and zero-width spaces around them.

Names of the planner, goals and spaces are rewritten here; of two categories whose names become the same, one gets a
number. Paths and difficulties of the log are rewritten too, and their learners are marked, so that the worker rebuilds
them; until then answers say `Milepost-Pending: rebuild`.
"""

import unicodedata

import sqlalchemy as sa
from alembic import op

revision = "20261128_spelling"
down_revision = "20261128_reported"
branch_labels = None
depends_on = None

_AROUND = "".join(char for char in map(chr, range(0x3001)) if char.isspace()) + "\u200b\u2060\ufeff"
_NAMES = (
    ("tasks", "task_id", "title"),
    ("goals", "goal_id", "name"),
    ("spaces", "space_id", "title"),
    ("composite_goals", "goal_id", "title"),
    ("milestones", "milestone_id", "title"),
)
_LABELS = ("path", "difficulty")


def upgrade() -> None:
    bind = op.get_bind()
    for table, key, column in _NAMES:
        for learner_id, row_id, name in _misspelt(bind, table, key, column):
            _rename(bind, table, key, column, learner_id, row_id, _normal(name) or name)
    _rename_categories(bind)
    for label in _LABELS:
        _relabel(bind, label)


def downgrade() -> None:
    """Nothing to undo: other spellings of the same names."""


def _normal(text: str) -> str:
    return unicodedata.normalize("NFC", text).strip(_AROUND)


def _misspelt(bind: sa.Connection, table: str, key: str, column: str) -> list[sa.Row[tuple[object, ...]]]:
    """Rows whose text is not in the one spelling, found without reading those that are."""
    condition = f"{column} IS NOT NFC NORMALIZED OR {column} <> btrim({column}, :around)"
    statement = sa.text(f"SELECT DISTINCT learner_id, {key}, {column} FROM {table} WHERE {condition}")
    return [*bind.execute(statement, {"around": _AROUND})]


def _rename(
    bind: sa.Connection, table: str, key: str, column: str, learner_id: object, row_id: object, name: str
) -> None:
    statement = sa.text(f"UPDATE {table} SET {column} = :name WHERE learner_id = :learner_id AND {key} = :row_id")
    bind.execute(statement, {"name": name, "learner_id": learner_id, "row_id": row_id})


def _rename_categories(bind: sa.Connection) -> None:
    taken = sa.text("SELECT name FROM categories WHERE learner_id = :learner_id")
    for learner_id, category_id, name in _misspelt(bind, "categories", "category_id", "name"):
        names = set(bind.execute(taken, {"learner_id": learner_id}).scalars()) - {name}
        normal = free = _normal(name) or name
        number = 2
        while free in names:
            free, number = f"{normal[:94]} ({number})", number + 1
        _rename(bind, "categories", "category_id", "name", learner_id, category_id, free)


def _relabel(bind: sa.Connection, label: str) -> None:
    update = sa.text(f"UPDATE activities SET {label} = :normal WHERE learner_id = :learner_id AND {label} = :misspelt")
    # Voids after this instant are settled by the same rebuild; those before it have been.
    mark = sa.text(
        "UPDATE learners SET revision = revision + 1, rebuild_due_at = coalesce(rebuild_due_at, "
        "(SELECT max(received_at) FROM activities WHERE learner_id = :learner_id)) WHERE learner_id = :learner_id"
    )
    for learner_id, misspelt, _ in _misspelt(bind, "activity_cells", label, label):
        bind.execute(update, {"normal": _normal(misspelt), "learner_id": learner_id, "misspelt": misspelt})
        bind.execute(mark, {"learner_id": learner_id})
