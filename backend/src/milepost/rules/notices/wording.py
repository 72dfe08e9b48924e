"""The sentences of notices. Second person, no exclamation marks, no guilt: what happened, then the next step.

Each comes with its code and its values, so that a frontend can say it in another language. The sentence is made when a
notice is read, from what was stored with it.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import date
from typing import Any, Literal

from milepost.rules.days.wording import date_in_words, quantity
from milepost.rules.notices.streak_milestones import next_milestone

NoticeKind = Literal[
    "achievement_unlocked",
    "level_up",
    "streak_milestone",
    "goal_met",
    "milestone_reached",
    "streak_at_risk",
    "run_ended",
    "digest",
]
Body = Mapping[str, Any]
"""What is stored with a notice, as JSON. Its members depend on the kind."""


@dataclass(frozen=True, slots=True)
class NoticeText:
    """The sentence of a notice. `code` says which one it is, `values` has its numbers and names."""

    text: str
    code: str
    values: Mapping[str, int | str] = field(default_factory=dict)


_ENCOURAGEMENTS = {
    3: "That is a beginning; the next milestone is day {next}.",
    7: "You have come back on 7 days; the next milestone is day {next}.",
    14: "Practice is becoming a habit; the next milestone is day {next}.",
    30: "That is as many days as a month has; the next milestone is day {next}.",
    50: "That is half of {next}, the next milestone.",
    100: "You have kept this up for a long time; the next milestone is day {next}.",
    200: "That is more than half the days of a year; the next milestone is day {next}.",
    365: "That is as many days as a year has; the next milestone is day {next}.",
}
_FURTHER = "You know how to keep going; the next milestone is day {next}."

DIGEST_PARTS = {
    "achievements": "achievement",
    "levels": "new level",
    "streak_milestones": "streak milestone",
    "goals": "goal",
    "milestones": "milestone",
}
"""The lists of a digest, in the order of its sentence, and the noun of each."""


def notice_text(kind: NoticeKind, body: Body) -> NoticeText:
    """The sentence of a notice of this kind with this body."""
    return _TEXTS[kind](body)


def _unlocked(body: Body) -> NoticeText:
    title, points = body["title"], body["points"]
    earned = f" It brings {quantity(points, 'point')}." if points else ""
    return NoticeText(f"You unlocked “{title}”.{earned}", "achievement_unlocked", {"title": title, "points": points})


def _level_up(body: Body) -> NoticeText:
    topic, level = body["topic"], body["to"]
    values = {"topic": topic, "from": body["from"], "to": level}
    return NoticeText(f"Your level in “{topic}” is now {level}.", "level_up", values)


def _streak_milestone(body: Body) -> NoticeText:
    run, following = body["run"], next_milestone(body["run"])
    is_named = run in _ENCOURAGEMENTS
    encouragement = (_ENCOURAGEMENTS[run] if is_named else _FURTHER).format(next=following)
    code = f"streak_milestone_{run}" if is_named else "streak_milestone_hundreds"
    return NoticeText(f"Day {run} of your run. {encouragement}", code, {"run": run, "next": following})


def _goal_met(body: Body) -> NoticeText:
    return NoticeText(f"You met your goal “{body['name']}”.", "goal_met", {"name": body["name"]})


def _milestone_reached(body: Body) -> NoticeText:
    title = body["title"]
    if title is None:
        return NoticeText("You reached a milestone.", "milestone_reached_untitled")
    return NoticeText(f"You reached the milestone “{title}”.", "milestone_reached", {"title": title})


def _streak_at_risk(body: Body) -> NoticeText:
    run = body["run"]
    text = f"Your run of {quantity(run, 'day')} is still open today. One activity carries it on."
    return NoticeText(text, "streak_at_risk", {"run": run})


def _run_ended(body: Body) -> NoticeText:
    run, repair = body["run"], body["repair"]
    text = f"Your run ended at {quantity(run, 'day')}, and they stay yours."
    if repair is not None:
        days, until = len(repair["days"]), repair["until_day"]
        text = (
            f"{text} A repair would excuse {quantity(days, 'missed day')} and carry it on; "
            f"it is possible until {date_in_words(date.fromisoformat(until))}."
        )
        return NoticeText(text, "run_ended_repairable", {"run": run, "days": days, "until_day": until})
    if body["has_new_run"]:
        return NoticeText(f"{text} A new run has begun.", "run_ended_new_run", {"run": run})
    return NoticeText(f"{text} Any day is a good day to begin the next.", "run_ended", {"run": run})


def _digest(body: Body) -> NoticeText:
    counts = {part: body["counts"][part] for part in DIGEST_PARTS if body["counts"].get(part)}
    listed = [quantity(count, DIGEST_PARTS[part]) for part, count in counts.items()]
    last = listed.pop()
    text = f"{', '.join(listed)} and {last}" if listed else last
    return NoticeText(f"From earlier practice: {text}.", "digest", counts)


_TEXTS: Mapping[NoticeKind, Callable[[Body], NoticeText]] = {
    "achievement_unlocked": _unlocked,
    "level_up": _level_up,
    "streak_milestone": _streak_milestone,
    "goal_met": _goal_met,
    "milestone_reached": _milestone_reached,
    "streak_at_risk": _streak_at_risk,
    "run_ended": _run_ended,
    "digest": _digest,
}
