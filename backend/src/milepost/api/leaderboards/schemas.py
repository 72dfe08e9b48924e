"""Leaderboards, groups and peers on the wire."""

from typing import Annotated, Literal

from pydantic import Field

from milepost.api.http.fields import (
    Answer,
    Cursor,
    Instant,
    LearnerRef,
    Limit,
    NamedLearner,
    Query,
    Sent,
    UuidText,
    formed,
    name,
    query_number,
)
from milepost.api.http.windows import FilterOut
from milepost.rules.leaderboards import BoardPeriod, Metric

MAX_ADDED = 200
GroupName = Annotated[str, name(100)]
_UUID = formed(
    r"^[0-9a-fA-F]{8}(-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}$", "must be a UUID", max_length=36, to_lower=True, form="uuid"
)


class LeaderboardQuery(NamedLearner):
    """Which board: what it counts, of which days, of everybody or of a group of the learner; and which part of it."""

    metric: Metric = "points"
    period: Annotated[
        BoardPeriod | None, Field(description="The days that count (default: `week`; for `streak` only `all`).")
    ] = None
    around: Annotated[
        Literal["me"] | None, Field(description="`me`: the entries around the learner, instead of the first ones.")
    ] = None
    group: Annotated[str, _UUID, Field(description="A group the learner is in.")] | None = None
    limit: Annotated[int, query_number(1, 100)] = 20


class BoardEntryOut(Answer):
    """A learner on the board. `name` is null for learners who show none."""

    rank: int
    value: int
    name: str | None
    is_me: bool


class OwnPlaceOut(Answer):
    """The learner's own value and rank: without being shown, the rank it would have."""

    value: int
    rank: int
    shown: bool


class OwnGroupOut(Answer):
    """A group the learner is in."""

    group_id: UuidText
    name: str


class LeaderboardOut(FilterOut):
    """A board: consecutive entries, the highest first. Equal values share a rank, and the ranks after them are left
    out: 1, 2, 2, 4.
    """

    metric: Metric
    period: BoardPeriod
    group: OwnGroupOut | None
    me: OwnPlaceOut
    entries: list[BoardEntryOut]
    groups: list[OwnGroupOut]


class QuietLeaderboardOut(Answer):
    """What a learner in quiet mode sees of boards: nothing."""

    quiet: Literal[True]
    entries: list[BoardEntryOut]


class PeerBandOut(Answer):
    """The learner's own value, and the band: it is ahead of that many percent of the others."""

    metric: Literal["points", "exercises", "minutes"]
    value: int
    from_percent: int
    to_percent: int


class PeersOut(FilterOut):
    """How the learner compares with those who are on boards. Without bands, `reason` and `text` say why."""

    reason: Literal["not_on_boards", "not_counted_yet", "too_few_peers", "no_practice"] | None
    text: str | None
    bands: list[PeerBandOut]


class QuietPeersOut(Answer):
    """What a learner in quiet mode sees of its peers: nothing."""

    quiet: Literal[True]
    bands: list[PeerBandOut]


class GroupsQuery(Query):
    """A page of groups."""

    limit: Limit = 50
    cursor: Cursor | None = None


class GroupIn(Sent):
    """A group, such as a class."""

    name: GroupName


class GroupOut(Answer):
    """A group. `members` counts everybody in it, on boards or not."""

    group_id: UuidText
    name: str
    members: int
    created_at: Instant


class GroupsOut(Answer):
    """Groups by name."""

    groups: list[GroupOut]
    next: str | None


class GroupDeletedOut(Answer):
    """A deleted group."""

    group_id: UuidText
    deleted: bool


class MembersIn(Sent):
    """Learners to add to a group."""

    learner_ids: Annotated[list[LearnerRef], Field(min_length=1, max_length=MAX_ADDED)]


class MemberOut(Answer):
    """A member of a group."""

    learner_id: UuidText
    added_at: Instant


class MembersOut(Answer):
    """The members of a group, by id."""

    members: list[MemberOut]
    next: str | None


class MembersAddedOut(Answer):
    """The learners that were not in the group before."""

    group_id: UuidText
    added_learner_ids: list[UuidText]


class MemberRemovedOut(Answer):
    """A learner who is no longer in the group."""

    group_id: UuidText
    learner_id: UuidText
    removed: bool
