"""Fixtures of the tests of quotas, which are in several folders."""

from collections.abc import AsyncIterator

import pytest

from integration.edge.limits.quotas import AT, Start, applications
from milepost.settings import Settings
from support.clock import AdjustableClock


@pytest.fixture
def hand(clock: AdjustableClock) -> AdjustableClock:
    """The clock of the application, at AT."""
    clock.set(AT)
    return clock


@pytest.fixture
async def another(settings: Settings, hand: AdjustableClock) -> AsyncIterator[Start]:
    """Starts further applications."""
    async with applications(settings, hand) as start:
        yield start
