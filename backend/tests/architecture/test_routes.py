"""S02: every route declares who may call it."""

import pytest
from quart import Response

from milepost.api.documentation.openapi import build, promises
from milepost.api.http.contract import contract, contract_of
from milepost.app import create_app
from milepost.settings import load_policy, load_settings

PUBLIC = {
    *("/livez", "/readyz", "/metrics", "/openapi.json", "/docs", "/docs/<name>"),
    *("/", "/sign-in", "/sign-in/code", "/sign-in/demo", "/sign-in/session", "/assets/<any_text:name>"),
    *("/s/<any_text:token>", "/s/<any_text:token>/image.png"),
}


def test_S02_every_route_declares_its_roles() -> None:
    app = create_app(load_settings())
    declared = list(promises(app))
    assert {rule.rule for rule, promise in declared if promise.public} == PUBLIC
    assert len(declared) == len(list(app.url_map.iter_rules()))
    assert all(rule.rule.startswith("/api/") for rule, promise in declared if not promise.public)


def test_S02_a_route_without_a_contract_is_noticed_at_the_start() -> None:
    app = create_app(load_settings())

    @app.get("/api/forgotten")
    async def forgotten() -> Response:
        return Response(b"")

    with pytest.raises(ValueError, match="/api/forgotten"):
        build(app, load_policy().activities)
    assert contract_of(forgotten) is None


def test_a_contract_has_either_roles_or_public() -> None:
    with pytest.raises(ValueError, match="roles"):
        contract(operation="neither", summary="neither", answers=None)
    with pytest.raises(ValueError, match="roles"):
        contract(operation="both", summary="both", answers=None, roles=("learner",), public=True)


def test_a_contract_names_only_declared_problems() -> None:
    with pytest.raises(ValueError, match="no_such_code"):
        contract(operation="x", summary="x", answers=None, public=True, problems=("no_such_code",))
