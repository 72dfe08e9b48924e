"""The declarations of projections: every table of one is declared, and each declaration fits its table."""

from milepost.db.log.projections import SUMMED
from milepost.db.tables import metadata
from milepost.db.tables.exported_columns import learner_tables
from milepost.services.activities.statement import RECORD, SUM_UP
from milepost.services.projections.registry import NAMES, PROJECTIONS, chosen, to_refill


def test_every_projection_is_declared_exported_and_begins_with_the_learner() -> None:
    declared = {projection.table for projection in PROJECTIONS}
    tables = {name for name, table in metadata.tables.items() if (table.comment or "").startswith("projection:")}
    assert tables <= declared
    assert declared - tables == {"goals", "unlocks"}, "goals repeat their versions; unlocks are awards, added to"
    assert declared <= set(learner_tables())
    for name in declared:
        assert next(iter(metadata.tables[name].primary_key)).name == "learner_id", name


def test_each_sum_fits_its_table() -> None:
    for projection in SUMMED:
        table = metadata.tables[projection.table]
        assert projection.key == tuple(column.name for column in table.primary_key), projection.name
        assert {*projection.columns, *projection.exempt} <= set(table.columns.keys()), projection.name


def test_names_are_those_of_the_command_line_and_stay() -> None:
    assert len(set(NAMES)) == len(NAMES)
    assert {
        *("planner", "days", "snapshots", "cells", "running_totals", "skills", "levels", "totals", "streaks"),
        *("counters", "goals", "goal_targets", "spaces", "space_tasks", "milestones", "boards", "unlocks"),
    } <= set(NAMES)
    assert NAMES[-1] == "unlocks", "they follow from everything"


def test_what_follows_from_a_projection_is_refilled_after_it() -> None:
    assert [projection.name for projection in to_refill("days")] == ["days", "snapshots", "boards"]
    assert [projection.name for projection in to_refill("cells")] == ["cells", "running_totals"]
    assert [projection.name for projection in to_refill("totals")] == ["totals", "boards"]
    assert [projection.name for projection in to_refill("skills")] == ["skills", "levels"]
    assert [projection.name for projection in to_refill("levels")] == ["levels"]
    assert [projection.name for projection in chosen("skills")] == ["skills"]
    assert to_refill(None) == chosen(None) == list(PROJECTIONS)


def test_intake_keeps_what_is_declared_to_be_kept_by_its_statement() -> None:
    for projection in SUMMED:
        for statement in (RECORD, SUM_UP):
            assert (f"{projection.name}_sums AS (" in statement) == (projection.intake_upsert is not None)
