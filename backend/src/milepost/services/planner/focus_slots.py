"""Focus slots: writes those of one calendar day.

A row of `calendar_days` holds slots as they were written, under their day at that time. Decides which slots a day may
have. Runs in the caller's transaction under the learner's lock.
"""

from collections.abc import Sequence
from datetime import date

import orjson

from milepost.errors import Conflict, Fault, Invalid
from milepost.queries.planner.plans import Slot, stored_focus_slots
from milepost.rules.planner.calendar_days import MAX_FOCUS_SLOTS, begins_on
from milepost.rules.planner.minute_spans import dates, span
from milepost.services.planner.planning import Planning

_STORE = """
INSERT INTO calendar_days AS c (learner_id, day, focus_slots) VALUES ($1, $2, $3::text::jsonb)
ON CONFLICT (learner_id, day) DO UPDATE SET focus_slots = excluded.focus_slots
"""
_COUNT = "SELECT count(*) FROM calendar_days WHERE learner_id = $1"
_DELETE = "DELETE FROM calendar_days WHERE learner_id = $1 AND day = $2"


async def set_focus_slots(planning: Planning, day: date, slots: Sequence[Slot]) -> None:
    """Replace the focus slots that begin on a calendar day. An empty list deletes them.

    Slots stored under this day that begin on another one, because the learner has moved, stay.

    Raises:
        Invalid: `slot_outside_day`, a slot does not begin on that day in the learner's zone at that time;
            `invalid_body`, more slots than a day may have.
        Conflict: `too_many_focus_days`.
    """
    zones = planning.zones
    for number, slot in enumerate(slots):
        if not begins_on(slot.starts_at, day, zones):
            sentence = f"Focus slot {number + 1} does not begin on {day}."
            fault = Fault(f"/focus_slots/{number}/starts_at", sentence, "out_of_range", {"day": day})
            raise Invalid("slot_outside_day", sentence, (fault,))
    stored = await stored_focus_slots(planning.connection, planning.learner_id, day, day)
    before = [slot for row in stored.values() for slot in row if begins_on(slot.starts_at, day, zones)]
    limit = max(MAX_FOCUS_SLOTS, len(before))
    if len(slots) > limit:
        fault = Fault("/focus_slots", f"must have at most {limit} items", "too_many", {"max": limit})
        raise Invalid("invalid_body", "The body has invalid values.", (fault,))
    most = planning.policy.planner.focus_days_per_learner
    if slots and day not in stored and await planning.connection.fetchval(_COUNT, planning.learner_id) >= most:
        detail = f"At most {most} days may have focus slots; delete those of some days first."
        raise Conflict("too_many_focus_days", detail, {"max": most})
    for stored_day, row in {day: (), **stored}.items():
        others = [slot for slot in row if not begins_on(slot.starts_at, day, zones)]
        kept = [*slots, *others] if stored_day == day else others
        if kept != list(row):
            await _store(planning, stored_day, kept)
    await planning.recompute(dates(zones, [span(*slot) for slot in (*before, *slots)]))


async def _store(planning: Planning, day: date, slots: Sequence[Slot]) -> None:
    if not slots:
        await planning.connection.execute(_DELETE, planning.learner_id, day)
        return
    encoded = orjson.dumps([[*slot] for slot in slots], option=orjson.OPT_UTC_Z).decode()
    await planning.connection.execute(_STORE, planning.learner_id, day, encoded)
