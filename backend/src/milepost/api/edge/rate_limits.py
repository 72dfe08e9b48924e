"""Rate limits on requests: who is charged for what, and how a response says what is left.

`RateLimit` and `RateLimit-Policy` have the form of draft-ietf-httpapi-ratelimit-headers-11 (May 2026). A quota that is
not counted in requests says its unit in a parameter of its own, because the draft has no name for it.
"""

import ipaddress
from typing import NoReturn

from milepost.api.edge.problem_codes import EdgeRefusal
from milepost.api.edge.request_context import RequestContext, current, resources
from milepost.redis.rate_limits import Payer, Policy, Quota, Usage

Headers = list[tuple[bytes, bytes]]

_WINDOWS = {60: "a minute", 3_600: "an hour"}
_IPV6_SITE_BITS = 64
"""One customer or host usually has at least this network, so single addresses in it cost nothing."""


async def charge(policy: Policy, amount: int = 1) -> None:
    """Charge the caller of the current request or, on a public route, its address. The response says what is left.

    Raises:
        EdgeRefusal: `rate_limited`, the quota does not suffice.
    """
    context, limits = current(), resources().rate_limits
    payer, name = _payer(context)
    context.usage = usage = await limits.use(limits.quotas[policy, payer], name, amount)
    if usage.is_refused:
        _refuse(usage)
    context.charged += amount


async def charge_ordinary(policy: Policy, amount: int = 1) -> None:
    """Charge a request that has no quota of its own. The response says what is left only if nothing is.

    These quotas are ample, and the headers would cost each read as much as counting it. A negative `amount` gives back.

    Raises:
        EdgeRefusal: `rate_limited`, the quota does not suffice.
    """
    context, limits = current(), resources().rate_limits
    payer, name = _payer(context)
    usage = await limits.use(limits.quotas[policy, payer], name, amount)
    if usage.is_refused:
        context.usage = usage
        _refuse(usage)


async def give_back() -> None:
    """Give back what the current request was charged: the service could not do the work, so trying again is free."""
    context = current()
    if context.usage is not None and context.charged:
        _, name = _payer(context)
        context.usage = await resources().rate_limits.use(context.usage.quota, name, -context.charged)
        context.charged = 0


async def count_failed_token(context: RequestContext) -> None:
    """Count a token that was not signed with a known key.

    Raises:
        EdgeRefusal: `rate_limited`, the address has sent too many.
    """
    if context.state.resources is None:
        return
    limits = context.state.resources.rate_limits
    usage = await limits.use(limits.quotas["failed_tokens", "address"], address_group(context.client))
    if usage.is_refused:
        context.usage = usage
        _refuse(usage)


def address_group(client: str | None) -> str:
    """The addresses that are counted together: an IPv4 address, or the /64 network of an IPv6 address."""
    if client is None or ":" not in client:
        return client or ""
    try:
        address = ipaddress.IPv6Address(client.partition("%")[0])
    except ValueError:
        return client
    if address.ipv4_mapped is not None:
        return str(address.ipv4_mapped)
    return str(ipaddress.IPv6Network((address, _IPV6_SITE_BITS), strict=False))


def usage_headers(usage: Usage) -> Headers:
    """The headers that say what is left of a quota."""
    quota = usage.quota
    unit = "" if quota.unit == "requests" else f';milepost-unit="{quota.unit}"'
    return [
        (b"ratelimit-policy", f'"{quota.policy}";q={quota.amount};w={quota.window_seconds}{unit}'.encode()),
        (b"ratelimit", f'"{quota.policy}";r={usage.remaining};t={usage.resets_in_seconds}'.encode()),
    ]


def _payer(context: RequestContext) -> tuple[Payer, str]:
    """Who pays for the request, and under which name."""
    caller = context.caller
    if caller is None:
        return "address", address_group(context.client)
    return "learner" if caller.role == "learner" else "sender", f"{caller.role}/{caller.subject}"


def _refuse(usage: Usage) -> NoReturn:
    quota, seconds = usage.quota, usage.resets_in_seconds
    raise EdgeRefusal(
        "rate_limited",
        f"{_sentence(quota)} Try again in {seconds} {'second' if seconds == 1 else 'seconds'}.",
        headers={"Retry-After": str(seconds)},
        members={
            "policy": quota.policy,
            "quota": quota.amount,
            "unit": quota.unit,
            "window_seconds": quota.window_seconds,
            "retry_after_seconds": seconds,
        },
    )


def _sentence(quota: Quota) -> str:
    within = f"{quota.amount:,} {_WINDOWS[quota.window_seconds]}"
    return {
        "intake": f"Activities are limited to {within}.",
        "exports": f"Exports are limited to {within}.",
        "shares": f"New shares are limited to {within}.",
        "reads": f"Reads are limited to {within}.",
        "changes": f"Changes are limited to {within}.",
        "share_views": f"Requests for shares are limited to {within} from one address.",
        "failed_tokens": f"Failed tokens are limited to {within} from one address.",
    }[quota.policy]
