"""The facts that decide a learner's days (zones, excuses, active outages), the goals that its days can meet, and
whether it is in quiet mode.

Intake reads them before it has the lock, and `days_revision` proves that they are still valid: every write of one of
these facts raises it in the same transaction.
"""

from collections import OrderedDict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from functools import lru_cache
from typing import NamedTuple
from uuid import UUID

from milepost.db.connection import Reading, Record
from milepost.errors import Departed
from milepost.queries.goals.rows import GOAL_AS_JSON, goal_from_json
from milepost.queries.learners.departures import HasDeparted
from milepost.rules.days.calendar import ZoneHistory, ZonePeriod, impossible_days, local_day, never_shortens_days
from milepost.rules.goals import Goal
from milepost.rules.policy import Policy
from milepost.rules.streaks.excuse_kinds import ExcusedKind
from milepost.rules.streaks.excused_days import ExcuseSpan, excused_days
from milepost.rules.streaks.streaks import StreakState, StreakView, view

DAY_FACTS = """
SELECT 'learner' AS row, learner_id, erasing_at AS since, NULL::timestamptz AS until, zone_source AS name,
    NULL::date AS first_day, NULL::date AS last_day, days_revision AS days_revision, topics AS topics
FROM learners WHERE learner_id = ANY($1::uuid[])
UNION ALL
SELECT 'zone', learner_id, nullif(valid_from, '-infinity'), NULL, zone, NULL, NULL, 0, 0
FROM learner_zones WHERE learner_id = ANY($1::uuid[])
UNION ALL
SELECT 'excuse', learner_id, NULL, NULL, kind, first_day, last_day, 0, 0
FROM streak_excuses WHERE learner_id = ANY($1::uuid[])
UNION ALL
SELECT 'quiet', learner_id, NULL, NULL, NULL, NULL, NULL, 0, 0
FROM profiles WHERE learner_id = ANY($1::uuid[]) AND quiet
UNION ALL
SELECT 'outage', NULL, starts_at, ends_at, state, NULL, NULL, activation, 0 FROM outages WHERE activation IS NOT NULL
"""
"""One row per fact, without goals; the first column is its kind, so other statements can add rows with UNION ALL.

$1: the learners.
"""
FACTS = f"""
{DAY_FACTS}
UNION ALL
SELECT 'goal', learner_id, NULL, NULL,
    {GOAL_AS_JSON}, NULL, NULL, 0, 0
FROM goals g WHERE learner_id = ANY($1::uuid[]) AND archived_at IS NULL
"""
"""`DAY_FACTS` and the goals in force with their versions."""

_MAX_DEPARTED = 10_000

LOOK_AHEAD = timedelta(days=80)
"""How far past today an excuse can matter: pauses last at most 30 days and two may be adjacent, an active outage lasts
at most a week, and freezes add two days."""


class AchievementCheck(NamedTuple):
    """The last check of a learner's achievements: the catalogue's revision, the mask of unlocks at that time, and the
    sums from which on more can unlock.
    """

    catalogue_revision: int
    unlocked: bytes
    next_thresholds: tuple[int, ...]


@dataclass(slots=True)
class LearnerFacts:
    """One learner's zones, excuses and goals in force. `is_known`: the learner has a row of sums.

    `is_quiet`: answers leave out streaks, unlocks and level changes.
    `departed`: the learner is known to have left. None says nothing about a learner without a row.
    `as_of`: the past instant that is asked about; None for the present.
    """

    zones: ZoneHistory
    zone_source: str = "assumed"
    days_revision: int = 0
    topics: int = 0
    is_known: bool = False
    is_quiet: bool = False
    excuses: list[ExcuseSpan] = field(default_factory=list)
    goals: list[Goal] = field(default_factory=list)
    outages: Sequence[tuple[datetime, datetime]] = ()
    outage_revision: int = 0
    achievement_check: AchievementCheck | None = None
    departed: Departed | None = None
    as_of: datetime | None = None
    has_ordinary_days: bool = field(init=False)

    def __post_init__(self) -> None:
        self.has_ordinary_days = not self.excuses and not self.outages and never_shortens_days(self.zones)

    @property
    def zone_is_assumed(self) -> bool:
        """Whether the learner's zone is not known yet."""
        return self.zone_source == "assumed"

    @property
    def zone(self) -> str:
        """The newest zone, even by a clock that is behind the move to it; with `as_of`, the one in force then.

        So the present date is that of `learners.zone` in every process. Cached answers rest on it.
        """
        return self.zones.current if self.as_of is None else self.zones.name_at(self.as_of)

    @property
    def impossible_days(self) -> frozenset[date]:
        """The dates that did not exist for the learner, not even for a second."""
        return impossible_days(self.zones, date.min, date.max)

    def excused(self, first: date, last: date, policy: Policy) -> dict[date, ExcusedKind]:
        """The days from `first` to `last`, inclusive, that cannot break a streak, each with the strongest reason."""
        if self.has_ordinary_days:
            return {}
        return excused_days(self.zones, self.excuses, self.outages, first, last, policy.streak)

    def today(self, now: datetime) -> date:
        """The learner's date at `now`."""
        return _date_in(self.zone, now)

    def streak_view(self, streak: StreakState, now: datetime, met_today: bool, policy: Policy) -> StreakView:
        """The streak at `now`, with every excuse known by then. `met_today` comes from the day sums."""
        zone, today = self.zone, self.today(now)
        # The last met day may be after today if the learner flew west. The span also covers today itself.
        last = streak.last_met_day or today
        excused = self.excused(min(today, last), max(today, last) + LOOK_AHEAD, policy)
        return view(streak, today, met_today, excused, zone, policy.streak)


@lru_cache(maxsize=1_024)
def _date_in(zone: str, now: datetime) -> date:
    """The date in a zone. Cached, because a batch needs it for many learners at one instant."""
    return local_day(now, zone)


async def learner_facts(
    connection: Reading, learners: Sequence[UUID], policy: Policy, *, with_goals: bool = True
) -> dict[UUID, LearnerFacts]:
    """The facts of each of `learners`, including unknown ones. One statement.

    Leave goals out where only days matter: 200 goals that change daily take the database a tenth of a second.
    """
    return facts_from_rows(await connection.fetch(FACTS if with_goals else DAY_FACTS, learners), learners, policy)


def facts_from_rows(rows: Iterable[Record], learners: Sequence[UUID], policy: Policy) -> dict[UUID, LearnerFacts]:
    """The facts of each of `learners` in the rows of `FACTS`."""
    zones: dict[UUID, list[ZonePeriod]] = {}
    excuses: dict[UUID, list[ExcuseSpan]] = {}
    goals: dict[UUID, list[Goal]] = {}
    quiet: set[UUID] = set()
    outages: list[tuple[datetime, datetime]] = []
    outage_revision = 0
    learner_rows: dict[UUID, Record] = {}
    for row in rows:
        kind, learner_id = row[0], row[1]
        if kind == "learner":
            learner_rows[learner_id] = row
        elif kind == "zone":
            zones.setdefault(learner_id, []).append(ZonePeriod(row["since"], row["name"]))
        elif kind == "excuse":
            span = ExcuseSpan(row["first_day"], row["last_day"], ExcusedKind(row["name"]))
            excuses.setdefault(learner_id, []).append(span)
        elif kind == "goal":
            goals.setdefault(learner_id, []).append(goal_from_json(row["name"]))
        elif kind == "quiet":
            quiet.add(learner_id)
        else:
            outage_revision = max(outage_revision, row["days_revision"])
            if row["name"] == "active":
                outages.append((row["since"], row["until"]))
    assumed = ZoneHistory((ZonePeriod(None, policy.days.assumed_zone),))
    facts = {}
    for learner_id in learners:
        row = learner_rows.get(learner_id)
        periods = zones.get(learner_id)
        facts[learner_id] = LearnerFacts(
            zones=zone_history(periods) if periods else assumed,
            zone_source=row["name"] if row else "assumed",
            days_revision=row["days_revision"] if row else 0,
            topics=row["topics"] if row else 0,
            is_known=row is not None,
            is_quiet=learner_id in quiet,
            excuses=excuses.get(learner_id, []),
            goals=goals.get(learner_id, []),
            outages=outages,
            outage_revision=outage_revision,
            departed=Departed(learner_id) if row and row["since"] is not None else None,
        )
    return facts


def zone_history(periods: list[ZonePeriod]) -> ZoneHistory:
    """The zone history of these periods in chronological order. A period without a beginning comes first."""
    return ZoneHistory(tuple(sorted(periods, key=lambda period: (period.valid_from is not None, period.valid_from))))


class FactsMemory:
    """The facts of recent learners, so that intake need not read them again.

    They may be stale: intake proves them under the lock and forgets those that have changed. Evicts the least recently
    used learners. Also remembers who has left, so that their repetitions cost nothing.
    """

    def __init__(self, max_learners: int) -> None:
        self._max_learners = max_learners
        self._facts: OrderedDict[UUID, LearnerFacts] = OrderedDict()
        self._departed: OrderedDict[UUID, Departed] = OrderedDict()

    async def recall(self, connection: Reading, learners: Sequence[UUID], policy: Policy) -> dict[UUID, LearnerFacts]:
        """The facts of each of `learners`. One statement reads those not in memory."""
        remembered = self._facts
        missing = [learner_id for learner_id in learners if learner_id not in remembered]
        read = await learner_facts(connection, missing, policy) if missing else {}
        facts = {learner_id: read.get(learner_id) or remembered[learner_id] for learner_id in learners}
        if self._departed:
            for learner_id, learner in facts.items():
                learner.departed = learner.departed or self._departed.get(learner_id)
        return facts

    def keep(self, facts: dict[UUID, LearnerFacts]) -> None:
        """Remember facts, read or proved; intake proves them again each time."""
        for learner_id, proved in facts.items():
            self._facts[learner_id] = proved
            self._facts.move_to_end(learner_id)
        while len(self._facts) > self._max_learners:
            self._facts.popitem(last=False)

    def forget(self, learners: Iterable[UUID]) -> None:
        """Forget learners whose facts have changed."""
        for learner_id in learners:
            self._facts.pop(learner_id, None)

    def note_departed(self, departed: Iterable[Departed]) -> None:
        """Remember that these learners have left, and forget their facts."""
        for learner in departed:
            self._facts.pop(learner.learner_id, None)
            self._departed[learner.learner_id] = learner
        while len(self._departed) > _MAX_DEPARTED:
            self._departed.popitem(last=False)

    def forget_departed(self, has_departed: HasDeparted) -> None:
        """Forget the facts of learners who have left, and where merged ones went, which may have changed."""
        self._departed.clear()
        self.forget([learner_id for learner_id in self._facts if has_departed(learner_id)])
