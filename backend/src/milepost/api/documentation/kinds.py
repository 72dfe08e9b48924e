"""What senders of activities need to know, as Markdown: the kinds in force, reasons of rejection, and learner ids."""

from collections.abc import Iterable

from milepost.rules.policy import ActivitiesPolicy, Kind

REASONS = {
    "invalid": "The activity cannot be read; `errors` says why, place by place.",
    "future": "`occurred_at` is further ahead than {future_tolerance_minutes} minutes.",
    "too_old": "`occurred_at` is more than {learner_backdate_days} days back (a learner's own client), or before "
    "{earliest_day} (services).",
    "not_allowed_for_role": "A learner's own client may not send this kind, or one of the fields value (of a graded "
    "kind), points, hints_used, once_key and zone.",
    "unknown_kind": "No row of the table but the last fits, and the policy or the role refuses such kinds.",
    "learner_not_found": "A learner's own client names another learner, or a service names one by a UUID of version 5.",
    "learner_erased": "The learner was erased. Activities about it are refused, from every sender.",
    "learner_merged": "The learner has been merged into another; `merged_into` tells services into which.",
    "too_many_topics": "The learner has {topics_per_learner} topics already.",
    "too_many_activities": "The learner's own client has sent {learner_activities_a_day} activities of that day.",
    "not_storable": "The database refuses the content.",
}
"""Why an activity is `rejected`, by `reason`. Numbers are those in force."""

_LEARNERS = """### Learners

A learner is named by a UUID, or by the subject (`sub`) of the learner's tokens: any other text becomes the UUID v5 of
the text in a namespace made from the issuer. The same rule holds in tokens, bodies, query strings and addresses.

Names and ids do not meet: a UUID of version 5 is an id made here, so it may not be the `sub` of a token (401), and a
service that names a learner by one finds nobody (404), unless the operator allows it. Services use the subjects of
learners; administrators use subjects or ids."""


def for_senders(policy: ActivitiesPolicy) -> str:
    """The section of the document for senders of activities."""
    numbers = {
        "future_tolerance_minutes": policy.future_tolerance_minutes,
        "learner_backdate_days": policy.learner_backdate_days,
        "earliest_day": policy.earliest_day,
        "topics_per_learner": policy.topics_per_learner,
        "learner_activities_a_day": policy.learner_activities_a_day,
    }
    reasons = [f"- `{reason}`: {sentence.format(**numbers)}" for reason, sentence in REASONS.items()]
    return "\n\n".join(
        (
            "### Kinds of activities",
            "The kind of an activity is its object type and verb. The first row that fits is taken, in the order "
            "(object type, verb), (object type, \\*), (\\*, verb), (\\*, \\*). `claim` says whose token may send it. "
            "Points are those of a service that names none; what a learner's own token sends earns none unless the "
            "table says so.",
            "\n".join(_table(policy.kinds)),
            "### Reasons of rejection",
            "\n".join(reasons),
            "### Time",
            f"Of what a learner's own client reports, {policy.learner_hours_a_day} hours of a day count, and no day "
            "counts more than its length. Reports of services come first, then what happened first. Everything is "
            "recorded: a result with `counted_in_part` says in `counted_seconds` what counts.",
            _LEARNERS,
        )
    )


def _table(kinds: Iterable[Kind]) -> Iterable[str]:
    """Four narrow columns, which a phone can show."""
    yield "| object type, verb | counts as | points | claim |"
    yield "|---|---|---|---|"
    for kind in kinds:
        counted = {"day": kind.streak, "exercise": kind.exercise, "grade": kind.graded, "review": kind.review}
        counts = ", ".join(word for word, is_counted in counted.items() if is_counted)
        points = f"{kind.points}, learners {kind.learner_points}" if kind.learner_points else str(kind.points)
        yield f"| {_word(kind.object_type)}, {_word(kind.verb)} | {counts} | {points} | {kind.claim} |"


def _word(name: str) -> str:
    return "\\*" if name == "*" else name
