"""Admission of activities: what each counts for, who may send it, and how far back or ahead it may be dated.

This is decided once, at intake, and stored with the activity, so that later changes of the table never rewrite history.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, time, timedelta
from typing import Literal

from milepost.rules.policy import ActivitiesPolicy, Claim, Kind

REVIEWED = "reviewed"
"""The verb of a review that the learner received. It is no practice of the learner's own, whatever the table says."""

STREAK, EXERCISE, GRADED, REVIEW = 1, 2, 4, 8
"""Bits of `counts`."""

PERFECT_MILLI = 100_000
"""The highest value, 100, in thousandths."""

Refusal = Literal["future", "too_old", "not_allowed_for_role", "unknown_kind"]


@dataclass(slots=True, kw_only=True)
class Activity:
    """An activity as its sender sent it, validated; None means the field was not sent.

    `value_milli` is the value in thousandths, 0–100,000. `occurred_at` is aware, in any zone; None means "now", which
    the service fills in. Texts have at most 200 characters and no NUL.
    """

    verb: str
    object_type: str
    occurred_at: datetime | None = None
    object_id: str | None = None
    topic: str | None = None
    path: str | None = None
    difficulty: str | None = None
    space_id: str | None = None
    goal_id: str | None = None
    value_milli: int | None = None
    duration_seconds: int | None = None
    hints_used: int | None = None
    points: int | None = None
    session_id: str | None = None
    once_key: str | None = None
    zone: str | None = None
    metadata: Mapping[str, object] | None = None


class KindTable:
    """Looks up the kinds of `policy.toml`."""

    def __init__(self, kinds: tuple[Kind, ...]) -> None:
        self._kinds = {(kind.object_type, kind.verb): kind for kind in kinds}
        self.default = self._kinds.get(("*", "*"), Kind(object_type="*", verb="*"))
        """The kind of undeclared activities. It is always this object, so compare it by identity."""
        self._cache: dict[tuple[str, str], Kind] = {}

    def kind_of(self, object_type: str, verb: str) -> Kind:
        """Tries (object_type, verb), (object_type, *), (*, verb), then (*, *); `reviewed` is always a review."""
        kind = self._cache.get((object_type, verb))
        if kind is None:
            kind = self._look_up(object_type, verb)
            if len(self._cache) < 10_000:  # senders choose these words, so the cache must be bounded
                self._cache[(object_type, verb)] = kind
        return kind

    def _look_up(self, object_type: str, verb: str) -> Kind:
        keys = [(object_type, verb), (object_type, "*"), ("*", verb)]
        if verb == REVIEWED:
            keys = [("*", verb)]
        return next((self._kinds[key] for key in keys if key in self._kinds), self.default)


def counts_for(kind: Kind, value_milli: int | None) -> int:
    """The `counts` bits of an activity of this kind; without a value it has neither a grade nor a rating."""
    graded = kind.graded and value_milli is not None
    review = kind.review and value_milli is not None
    return STREAK * kind.streak | EXERCISE * kind.exercise | GRADED * graded | REVIEW * review


def points_for(kind: Kind, sent: int | None, role: Claim) -> int:
    """The points of an activity: those sent, or the default of its kind.

    What learners report themselves earns none unless the table says so: points rest on services.
    """
    if sent is not None:
        return sent
    return kind.learner_points if role == "learner" else kind.points


def counts_of_own_record(kind: Kind) -> int:
    """The `counts` bits of an activity that the service records itself: at most the day.

    Learners cause these with their own tokens, and exercises, grades and reviews rest on services only.
    """
    return STREAK * kind.streak


@dataclass(frozen=True, slots=True)
class Admission:
    """The role of a sender, and the earliest and latest instants it may send, both inclusive."""

    role: Claim
    earliest: datetime
    latest: datetime


def admission(role: Claim, now: datetime, policy: ActivitiesPolicy) -> Admission:
    """The range of instants that `role` may send at `now`."""
    earliest = datetime.combine(policy.earliest_day, time.min, UTC)
    if role == "learner":
        earliest = now - timedelta(days=policy.learner_backdate_days)
    return Admission(role, earliest, now + timedelta(minutes=policy.future_tolerance_minutes))


def refusal(activity: Activity, occurred_at: datetime, kind: Kind, admitted: Admission) -> Refusal | None:
    """Why this sender may not record this activity now; None if it may.

    A learner's own client may claim practice, but nothing others rely on: grades, reviews, points, hints, once-keys or
    zones.
    """
    if occurred_at > admitted.latest:
        return "future"
    if occurred_at < admitted.earliest:
        return "too_old"
    if admitted.role == "learner" and (kind.claim != "learner" or _claims_too_much(activity, kind)):
        return "not_allowed_for_role"
    return None


def refusal_of_unknown_kind(reason: Refusal | None, kind: Kind, policy: ActivitiesPolicy) -> Refusal | None:
    """Like `refusal`, which gave the `reason`, for an undeclared `kind`.

    A learner who may not send it hears that it is unknown, which is more likely a typo than a claim.
    """
    if reason is None and policy.unknown_kinds == "reject":
        return "unknown_kind"
    if reason == "not_allowed_for_role" and kind.claim != "learner":
        return "unknown_kind"
    return reason


def _claims_too_much(activity: Activity, kind: Kind) -> bool:
    return (
        activity.verb == REVIEWED
        or kind.review
        or (kind.graded and activity.value_milli is not None)
        or activity.points is not None
        or activity.hints_used is not None
        or activity.once_key is not None
        or activity.zone is not None
    )
