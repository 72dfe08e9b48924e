"""GET /admin/learners/{id}/timeline: every fact that decides a streak, day by day."""

from collections.abc import Mapping, Sequence
from dataclasses import asdict
from datetime import date, datetime, timedelta
from uuid import UUID

from quart import Blueprint

from milepost.api.edge.guard import current_caller, learner_named
from milepost.api.edge.request_context import resources
from milepost.api.http.conditional_get import conditional
from milepost.api.http.contract import contract
from milepost.api.http.learner_routes import require_known
from milepost.api.http.parsing import read_query
from milepost.api.http.responses import JsonObject, Reply, instant
from milepost.api.http.windows import Window, window_json, window_of
from milepost.api.streaks.serializers import calendar_json, streak_json
from milepost.api.streaks.timeline_schemas import TimelineOut, TimelineQuery
from milepost.queries.learners.version import LearnerVersion
from milepost.queries.streaks.outages import Outage
from milepost.queries.streaks.streaks import StreakHistory, streak_history
from milepost.queries.streaks.timeline import StoredExcuse, TimelineFacts, timeline_facts
from milepost.rules.days.calendar import ZoneHistory, shortened_days
from milepost.rules.days.periods import Days
from milepost.rules.days.zone_changes import ZoneChange, zone_at_end_of, zone_changes
from milepost.rules.streaks.excuse_kinds import ExcusedKind
from milepost.rules.streaks.excused_days import ExcuseSpan
from milepost.rules.streaks.streaks import walk
from milepost.rules.streaks.timeline import (
    StreakStanding,
    StreakTimeline,
    TimelineDay,
    deciding_excuse,
    deciding_outage,
    timeline,
)

blueprint = Blueprint("timeline", __name__)

DEFAULT_DAYS = 90


@blueprint.get("/admin/learners/<any_text:learner_id>/timeline")
@contract(
    operation="getStreakTimeline",
    summary="Why a streak is what it is",
    roles=("admin",),
    query=TimelineQuery,
    answers=TimelineOut,
    problems=("learner_not_found",),
    tag="admin",
)
async def show_timeline(learner_id: str) -> Reply:
    """Every fact that decides a learner's streak, day by day: what met the day, excused it or shortened it, what that
    did to the run and its freezes, and the streak after it.

    A day after the learner's today is shown if it is met already, because the learner travelled.
    """
    caller, query = current_caller(), read_query(TimelineQuery)
    learner, window = learner_named(caller, learner_id), window_of(query)

    async def build(version: LearnerVersion, _today: date) -> object:
        require_known(version)
        return await _timeline(learner, window, resources().clock.now())

    return await conditional(caller, learner, build)


async def _timeline(learner_id: UUID, window: Window, now: datetime) -> JsonObject:
    app = resources()
    async with app.database.snapshot() as connection:
        history = await streak_history(connection, learner_id, app.policy)
        today = history.facts.today(now)
        shown = window.past(max([today, *history.days[-1:]]), DEFAULT_DAYS)
        facts = await timeline_facts(connection, learner_id, shown)
    return {"learner_id": str(learner_id), **_timeline_json(history, facts, shown, now)}


def _timeline_json(history: StreakHistory, facts: TimelineFacts, shown: Days, now: datetime) -> JsonObject:
    policy, zones, met_days = resources().policy, history.facts.zones, history.days
    today = history.facts.today(now)
    excused = history.excused(min(shown.first, today), max(shown.last, today), policy)
    explained = timeline(shown.first, shown.last, met_days, excused, today, policy.streak)
    sources = _sources(explained, facts, zones)
    streak = history.facts.streak_view(walk(met_days, excused, policy.streak), now, today in met_days, policy)
    deciding = list({source.id: source for source in sources.values()}.values())
    return {
        "timezone": history.facts.zone,
        "streak": streak_json(streak),
        **window_json(shown, today),
        "before": _standing_json(explained.before),
        "days": _days_json(explained.days, facts, zones, sources),
        "excuses": [_excuse_json(source) for source in deciding if isinstance(source, StoredExcuse)],
        "outages": [_outage_json(source) for source in deciding if isinstance(source, Outage)],
    }


def _sources(explained: StreakTimeline, facts: TimelineFacts, zones: ZoneHistory) -> dict[date, StoredExcuse | Outage]:
    """The stored fact that excuses each excused day. Travel has none."""
    spans = [ExcuseSpan(excuse.first_day, excuse.last_day, ExcusedKind(excuse.kind)) for excuse in facts.excuses]
    intervals = [(outage.starts_at, outage.ends_at) for outage in facts.outages]
    sources: dict[date, StoredExcuse | Outage] = {}
    for explained_day in explained.days:
        day, kind = explained_day.mark.day, explained_day.mark.kind
        if kind is ExcusedKind.outage:
            outage = deciding_outage(day, intervals, zones)
            sources |= {} if outage is None else {day: facts.outages[outage]}
        elif kind is not None:
            excuse = deciding_excuse(day, kind, spans)
            sources |= {} if excuse is None else {day: facts.excuses[excuse]}
    return sources


def _days_json(
    days: Sequence[TimelineDay],
    facts: TimelineFacts,
    zones: ZoneHistory,
    sources: Mapping[date, StoredExcuse | Outage],
) -> list[JsonObject]:
    """A list of `TimelineDayOut`."""
    changes = zone_changes(zones)
    named_by = {zone.valid_from: zone.source for zone in facts.zones}
    lengths = shortened_days(zones, days[0].mark.day, days[-1].mark.day)
    shapes = []
    for explained, shape in zip(days, calendar_json([explained.mark for explained in days]), strict=True):
        day = explained.mark.day
        met, source, length = facts.met.get(day), sources.get(day), lengths.get(day)
        shapes.append(
            {
                **shape,
                "activities": 0 if met is None else met.activities,
                "met_at": None if met is None else instant(met.met_at),
                "first_activity": None if met is None or met.first is None else asdict(met.first),
                "zone": zone_at_end_of(day, zones, changes),
                "zone_changes": [_change_json(change, named_by) for change in changes if change.day == day],
                "lasted_minutes": None if length is None else length // timedelta(minutes=1),
                "excused_by": None if source is None else str(source.id),
                "effects": [
                    {"text": effect.text, "code": effect.code, "values": effect.values} for effect in explained.effects
                ],
                "after": _standing_json(explained.after),
            }
        )
    return shapes


def _change_json(change: ZoneChange, named_by: Mapping[datetime | None, str]) -> JsonObject:
    return {
        "at": instant(change.at),
        "before": change.before,
        "after": change.after,
        "source": named_by[change.at],
    }


def _standing_json(standing: StreakStanding) -> JsonObject:
    return {
        "current_streak": standing.run,
        "longest_streak": standing.longest,
        "freezes": standing.freezes,
        "next_freeze_in_days": standing.next_freeze_in_days,
        "last_exercise_date": _day(standing.last_met_day),
        "began_on": _day(standing.began_on),
    }


def _excuse_json(excuse: StoredExcuse) -> JsonObject:
    return {
        "id": str(excuse.id),
        "kind": excuse.kind,
        "first_day": excuse.first_day.isoformat(),
        "last_day": excuse.last_day.isoformat(),
        "reason": excuse.reason,
        "by": excuse.created_by,
        "created_at": instant(excuse.created_at),
    }


def _outage_json(outage: Outage) -> JsonObject:
    return {
        "id": str(outage.id),
        "starts_at": instant(outage.starts_at),
        "ends_at": instant(outage.ends_at),
        "reason": outage.reason,
    }


def _day(day: date | None) -> str | None:
    return None if day is None else day.isoformat()
