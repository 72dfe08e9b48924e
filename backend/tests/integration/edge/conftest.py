"""What tests of the edge share."""

import pytest
from quart import Quart

from integration.edge.requests_of_routes import Key
from milepost.api.documentation.openapi import promises
from milepost.api.http.contract import Contract


@pytest.fixture
def routes(app: Quart) -> dict[Key, Contract]:
    """The contracts of all routes below /api."""
    return {
        (method, rule.rule): promise
        for rule, promise in promises(app)
        for method in (rule.methods or set()) - {"HEAD", "OPTIONS"}
        if rule.rule.startswith("/api")
    }
