"""The code in docs/dashboard.md runs: a platform's server sends a learner to a real Milepost."""

import re
from collections.abc import Callable
from pathlib import Path

import httpx

from support.builders import mint
from support.servers import Processes

_DOCUMENT = Path(__file__).resolve().parents[3] / "docs/dashboard.md"


def test_the_platforms_side_of_a_code(processes: Processes) -> None:
    (code,) = re.findall(r"```python\n(.*?)```", _DOCUMENT.read_text("utf-8"), re.DOTALL)
    names: dict[str, Callable[..., str]] = {}
    exec(code, names)
    api, token = processes.api(), mint("ada")
    address = names["address_of_dashboard"](api.url, mint("tutor", ["service"]), token)
    page, _, used = address.partition("#code=")
    assert page == f"{api.url}/sign-in"
    assert httpx.get(page, headers={"Accept": "text/html"}).status_code == 200
    exchanged = httpx.post(f"{api.url}/sign-in/code", json={"code": used})
    assert exchanged.json()["token"] == token
    again = httpx.post(f"{api.url}/sign-in/code", json={"code": used})
    assert (again.status_code, again.json()["code"]) == (403, "sign_in_code_refused")
