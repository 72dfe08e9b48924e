"""The sign-in of the demo, for the API that `milepost run` starts: whoever sits at it may be any demo learner."""

from datetime import datetime, timedelta

from milepost.embedded.demo.people import FIRST_LEARNER, PEOPLE
from milepost.embedded.demo.stories import ADMINISTRATOR
from milepost.embedded.tokens import mint
from milepost.rules.sign_in import DemoLearner, DemoSignIn
from milepost.settings import Settings, SettingsFault

_HOURS = 12.0
_HOST = "127.0.0.1"


def demo_sign_in(settings: Settings, *, with_learners: bool, supervised: bool) -> DemoSignIn:
    """All demo learners, or the first alone if none were loaded.

    Raises:
        SettingsFault: this is not the API of `milepost run`, or others than this machine can reach it.
    """
    if settings.environment == "production" or not supervised or settings.host != _HOST:
        raise SettingsFault(f"The demo signs everybody in. It exists in `milepost run` on {_HOST} alone.")
    people = PEOPLE if with_learners else [person for person in PEOPLE if person.name == FIRST_LEARNER]
    learners = [
        DemoLearner(person.name, person.name.capitalize(), person.story if with_learners else "nothing yet")
        for person in people
    ]

    def minted(subject: str, role: str, now: datetime) -> tuple[str, datetime]:
        token = mint(settings, subject, [role], issued_at=now, hours=_HOURS)
        return token, (now + timedelta(hours=_HOURS)).replace(microsecond=0)

    return DemoSignIn(learners, ADMINISTRATOR, minted)
