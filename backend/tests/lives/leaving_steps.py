"""Steps of a generated life: a second account of the learner is merged into the first, and somebody else is erased."""

from uuid import UUID

from hypothesis import strategies
from hypothesis.stateful import precondition, rule

from lives.life import DAY, MINUTE, Raw
from lives.steps import KINDS, Living, minutes, places, zones
from milepost.db.tables.exported_columns import learner_tables
from milepost.resources import Resources
from support.builders import new_learner
from support.callers import Caller

practice = strategies.lists(
    strategies.tuples(strategies.sampled_from(KINDS), strategies.integers(0, 40), minutes), min_size=1, max_size=6
)


async def rows_of(resources: Resources, learner_id: UUID) -> dict[str, int]:
    """How many rows each table has of a learner, where it has any."""
    async with resources.database.pools.intake.acquire() as connection:
        counts = {
            table: await connection.fetchval(f"SELECT count(*) FROM {table} WHERE learner_id = $1", learner_id)
            for table in learner_tables()
        }
    return {table: count for table, count in counts.items() if count}


class Leaving(Living):
    """Accounts that end. What becomes of the learner's own is checked as after every step."""

    def second_account(self, sent: list[tuple[tuple[str, str], int, int]]) -> tuple[Caller, list[Raw]]:
        """An account with some practice, reported by a service; the account and what was accepted."""
        other = Caller(self.client, new_learner())
        activities = [
            {
                "id": self.new_id(),
                "verb": verb,
                "object_type": object_type,
                "occurred_at": (self.now - days_ago * DAY - minute * MINUTE).isoformat(),
            }
            for (verb, object_type), days_ago, minute in sent
        ]
        about = {"activities": activities, "learner_id": other.subject}
        body = self.ask(self.services["exercises"], "POST", "/activities", about).ok()
        assert {result["status"] for result in body["results"]} == {"accepted"}
        return other, activities

    def merge(self, other: Caller) -> None:
        """An administrator merges an account into the learner's."""
        path = f"/admin/learners/{other.subject}/merge"
        self.ask(self.root, "POST", path, {"into": self.record.subject}).ok()
        self.ask(other, "GET", "/progress").problem(410, "learner_merged")
        assert self.world.run(rows_of(self.world.resources, UUID(other.learner_id))) == {}

    @precondition(lambda self: self.record.sent)
    @rule(sent=practice, zone=strategies.one_of(strategies.none(), zones), swept=strategies.booleans())
    def merge_a_second_account(
        self, sent: list[tuple[tuple[str, str], int, int]], zone: str | None, swept: bool
    ) -> None:
        """Practice of a second account becomes the learner's; its zone only if the learner has none."""
        other, activities = self.second_account(sent)
        if zone is not None:
            self.ask(other, "PATCH", "/me", {"zone": zone}).ok()
        self.sweep_first(swept)
        before = self.streak()
        self.merge(other)
        adopts = zone is not None and not self.record.moves
        if adopts:
            self.record.replace_zones([(None, str(zone))])
        for activity in activities:
            self.record.add("exercises", activity)
        if not adopts:
            assert self.streak() >= before, "a merge lowered the streak"

    @precondition(lambda self: self.record.sent)
    @rule(place=places)
    def merge_an_account_with_the_same_activity(self, place: int) -> None:
        """One activity was sent to both accounts: it is there once, and counts unless both took it back."""
        sender, raw = self.sent_activity(place)
        if sender not in self.services or raw.get("zone"):
            return
        other = Caller(self.client, new_learner())
        sent = self.ask(self.services[sender], "POST", "/activities", {**raw, "learner_id": other.subject})
        if sent.status != 200:
            return  # The clock was set back, so the activity is in the future.
        self.merge(other)
        key = (sender, raw["id"])
        if key in self.record.voided:
            self.record.voided.discard(key)
            self.record.decided_by[key] = list(self.record.in_force)

    @rule(sent=practice)
    def somebody_else_is_erased(self, sent: list[tuple[tuple[str, str], int, int]]) -> None:
        """Nothing is left of the other, nothing comes back, and the learner does not notice."""
        other, activities = self.second_account(sent)
        self.ask(other, "DELETE", "/me", {"confirm": other.subject}).ok()
        again = {"activities": activities, "learner_id": other.subject}
        self.ask(self.services["exercises"], "POST", "/activities", again).problem(410, "learner_erased")
        assert self.world.run(rows_of(self.world.resources, UUID(other.learner_id))) == {}
