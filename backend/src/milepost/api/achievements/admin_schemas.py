"""The catalogue of achievements on the wire, for administrators."""

from typing import Annotated, Literal

from pydantic import Field

from milepost.api.achievements.schemas import Tier, UnlockedOut
from milepost.api.http.fields import Answer, Instant, LearnerRef, Metadata, Sent, text

State = Literal["draft", "active", "retired"]


class DefinitionIn(Sent):
    """A definition in the language of config/achievements.toml, which says what each key may be."""

    code: Annotated[str, text(64)]
    title: Annotated[str, text(200)]
    description: Annotated[str, text(1_000)]
    category: Annotated[str, text(200)]
    tier: Annotated[str, text(40)]
    points: int
    icon: Annotated[str, text(200)]
    rule: Metadata
    secret: bool = False
    state: Annotated[str, text(40)] = "draft"
    revoke_if_unmet: bool = False


class DefinitionsIn(Sent):
    """Definitions to add, or to put in the place of those with the same codes. All are taken or none."""

    achievements: Annotated[list[DefinitionIn], Field(min_length=1, max_length=1_000)]


class PreviewIn(Sent):
    """Another rule to try; without one the definition's own."""

    rule: Metadata | None = None


class GrantIn(Sent):
    """To whom, and why."""

    learner_id: LearnerRef
    reason: Annotated[str, text(500)]


class WrittenDefinitionOut(Answer):
    """A definition as `import` takes it."""

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
    """Every definition, as `import` takes them."""

    achievements: list[WrittenDefinitionOut]


class DefinitionOut(WrittenDefinitionOut):
    """A definition in force. `holders` as counted last, null before the first count."""

    origin: Literal["file", "admin"]
    changed_at: Instant
    holders: int | None


class CatalogueOut(Answer):
    """The whole catalogue. `applied` is false while there are learners who have not been looked at since a change."""

    revision: int
    applied: bool
    achievements: list[DefinitionOut]


class CatalogueChangeOut(Answer):
    """What became of the definitions. `decides`: the worker looks at every learner for what was earned before."""

    added: list[str]
    changed: list[str]
    retired: list[str]
    unchanged: int
    decides: bool


class PreviewOut(Answer):
    """Who would get it now. `looked_at` of `learners`; where that is not all, `estimated_total` reckons up."""

    learners: int
    looked_at: int
    holders: int
    would_unlock: int
    estimated_total: int
    sample: list[str]


class GrantedOut(Answer):
    """What the learner was given, and what that unlocked in turn; empty where it was held already."""

    learner_id: str
    revision: int
    unlocked: list[UnlockedOut]
