"""The catalogue of achievements on the wire, for administrators."""

from typing import Annotated, Literal

from pydantic import Field

from milepost.api.achievements.schemas import Tier, UnlockedOut
from milepost.api.http.fields import Answer, Instant, LearnerRef, Metadata, Sent, UuidText, Whole, label, name, text

State = Literal["draft", "active", "retired"]


class DefinitionIn(Sent):
    """A definition, in the format of config/achievements.toml, which documents every key."""

    code: Annotated[str, text(64)]
    title: Annotated[str, name(200)]
    description: Annotated[str, name(1_000)]
    category: Annotated[str, name(200)]
    tier: Annotated[str, text(40)]
    points: Whole
    icon: Annotated[str, text(200)]
    rule: Metadata
    secret: bool = False
    state: Annotated[str, text(40)] = "draft"
    revoke_if_unmet: bool = False


class DefinitionsIn(Sent):
    """Definitions to add. They replace definitions with the same codes. All are taken or none."""

    achievements: Annotated[list[DefinitionIn], Field(min_length=1, max_length=1_000)]


class PreviewIn(Sent):
    """A rule to try (default: the definition's own rule)."""

    rule: Metadata | None = None


class GrantIn(Sent):
    """The learner to grant the achievement to, and the reason."""

    learner_id: LearnerRef
    reason: Annotated[str, label(500)]


class WrittenDefinitionOut(Answer):
    """A definition, in the form that `import` accepts."""

    code: str
    title: str
    description: str
    category: str
    tier: Tier
    points: int
    icon: str
    rule: dict[str, object]
    secret: bool
    state: State
    revoke_if_unmet: bool


class WrittenCatalogueOut(Answer):
    """All definitions, in the form that `import` accepts."""

    achievements: list[WrittenDefinitionOut]


class DefinitionOut(WrittenDefinitionOut):
    """A stored definition. `holders`: the last count of learners who hold it; null before the first count."""

    origin: Literal["file", "admin"]
    changed_at: Instant
    holders: int | None


class CatalogueOut(Answer):
    """The whole catalogue. `applied` is false until every learner has been re-evaluated after a change."""

    revision: int
    applied: bool
    achievements: list[DefinitionOut]


class CatalogueChangeOut(Answer):
    """The result for the definitions. `decides`: the worker will re-evaluate every learner for achievements earned in
    the past.
    """

    added: list[str]
    changed: list[str]
    retired: list[str]
    unchanged: int
    decides: bool


class PreviewOut(Answer):
    """Who would get the achievement now. If only some of the `learners` were `looked_at`, `estimated_total`
    extrapolates `would_unlock` to all of them.
    """

    learners: int
    looked_at: int
    holders: int
    would_unlock: int
    estimated_total: int
    sample: list[str]


class GrantedOut(Answer):
    """The granted achievement and any that it unlocked in turn. Empty if the learner already held it."""

    learner_id: UuidText
    revision: int
    unlocked: list[UnlockedOut]
