"""Turns shares into the shapes of `schemas`."""

from milepost.api.http.responses import JsonObject, instant
from milepost.queries.sharing import Share
from milepost.rules.sharing import FIELDS


def share_json(share: Share, public_url: str) -> JsonObject:
    """`ShareOut`. `public_url`: where the public reaches this service; without it the link is only a path."""
    return {
        "share_id": str(share.share_id),
        "kind": share.kind,
        "code": share.code,
        "fields": [field for field in FIELDS if field in share.fields],
        "ends_on": None if share.ends_on is None else share.ends_on.isoformat(),
        "url": f"{public_url}/s/{share.token}",
        "state": share.state,
        "views": share.views,
        "views_by_day": [{"day": day, "views": views} for day, views in sorted(share.views_by_day.items())],
        "created_at": instant(share.created_at),
    }
