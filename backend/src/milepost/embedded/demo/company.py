"""What the demo learners do in company: names, boards, a group, shared links, notices, and one who wants quiet."""

from collections.abc import Iterator

from milepost.embedded.demo.calls import Call, Scene, Script, rows, scene
from milepost.embedded.demo.people import FIRST_LEARNER, Life

QUIET = "tenzin"
"""In quiet mode: no streaks, no badges, no notices."""
_HIDDEN = ("noor", "nova", QUIET)
"""Not on the boards."""
_GROUP = "Evening class"
_MEMBERS = ("ada", "amara", "bruno", "elif", "grace", "hana", "leila", "tomas")
_SHARED_DAY = 6
_LAST_LOOK = 2
"""How many days ago everybody last opened the list of notices."""


def scenes(life: Life, administrator: str) -> Iterator[Scene]:
    """The choices on the day of joining, and what followed from them."""
    who, joined = life.person.name, life.day(life.person.joined)
    choices: dict[str, object] = {"display_name": who.capitalize(), "boards": who not in _HIDDEN}
    if who == QUIET:
        choices["quiet"] = True
    yield scene(life.at(joined, 6), Call(who, "PATCH", "/me", choices))
    if life.person.joined > _LAST_LOOK:
        yield Scene(life.at(life.day(_LAST_LOOK), 22 * 60), lambda: _look(who))
    if who == FIRST_LEARNER:
        yield Scene(life.at(life.day(_SHARED_DAY), 20 * 60), lambda: _share(who))
        yield Scene(life.at(life.day(_SHARED_DAY), 21 * 60), lambda: _gather(administrator))


def _look(who: str) -> Script:
    """Sees all notices so far."""
    told = yield Call(who, "GET", "/notifications")
    for newest in rows(told, "notifications")[:1]:
        yield Call(who, "POST", "/notifications/seen", {"up_to": newest["id"]})
    return told


def _share(who: str) -> Script:
    """A link to the progress page, and one to the newest badge."""
    shared = yield Call(who, "GET", "/shares")
    if rows(shared, "shares"):
        return {}
    fields = ["display_name", "current_streak", "longest_streak", "exercises", "minutes", "badges", "heatmap"]
    progress = yield Call(who, "POST", "/shares", {"kind": "progress", "fields": fields})
    badges = yield Call(who, "GET", "/progress/badges")
    for badge in rows(badges, "earned")[:1]:
        yield Call(who, "POST", "/shares", {"kind": "badge", "code": badge["code"]})
    return progress


def _gather(administrator: str) -> Script:
    """The group, once."""
    groups = yield Call(administrator, "GET", "/admin/groups", role="admin")
    if any(group["name"] == _GROUP for group in rows(groups, "groups")):
        return {}
    group = yield Call(administrator, "POST", "/admin/groups", {"name": _GROUP}, role="admin")
    path = f"/admin/groups/{group['group_id']}/members"
    joined = yield Call(administrator, "POST", path, {"learner_ids": [*_MEMBERS]}, role="admin")
    return joined
