"""The HTTP side of the process, put together. Wiring only: what each part does stands in the part."""

from quart import Quart

from milepost.api import (
    achievements,
    activities,
    activity_insight,
    admin_achievements,
    admin_learners,
    analytics,
    audit,
    categories,
    composite_goals,
    docs,
    export,
    goals,
    health,
    history,
    jobs,
    me,
    metrics,
    milestones,
    openapi,
    outages,
    planner,
    problems,
    progress,
    prospects,
    spaces,
    statistics,
    streak_care,
)
from milepost.api.application import Application
from milepost.api.exchange import Serving
from milepost.api.paths import AnyText, DayConverter
from milepost.api.tokens import TokenVerifier
from milepost.resources import Clock, open_resources
from milepost.settings import Settings

FEATURES = (
    activities.blueprint,
    activity_insight.blueprint,
    progress.blueprint,
    prospects.blueprint,
    achievements.blueprint,
    statistics.blueprint,
    history.blueprint,
    export.blueprint,
    me.blueprint,
    streak_care.blueprint,
    jobs.blueprint,
    admin_achievements.blueprint,
    admin_learners.blueprint,
    outages.blueprint,
    audit.blueprint,
    categories.blueprint,
    planner.blueprint,
    spaces.blueprint,
    composite_goals.blueprint,
    milestones.blueprint,
)
ANALYTICS = (analytics.blueprint,)
"""What `feature_analytics` shows."""
GOALS = (goals.blueprint,)
"""What `feature_goals` shows."""
OUTSIDE_API = (health.blueprint, metrics.blueprint, docs.blueprint)


def create_app(settings: Settings, clock: Clock | None = None) -> Quart:
    """The application. Nothing is opened before it serves.

    Raises:
        ValueError: a route without a contract.
    """
    serving = Serving(settings)
    app = _assembled(serving)
    serving.document = openapi.build(app)

    @app.before_serving
    async def open_everything() -> None:
        held = await open_resources(settings, clock)
        serving.verifier = TokenVerifier(settings, held.clock)
        await serving.verifier.open()
        serving.resources = held

    @app.after_serving
    async def close_everything() -> None:
        held, serving.resources = serving.resources, None
        if serving.verifier is not None:
            await serving.verifier.close()
        if held is not None:
            await held.close()

    return app


def begin_draining(app: Quart) -> None:
    """Tell the readiness probe that the process is about to stop; requests are still answered."""
    if isinstance(app, Application):
        app.serving.draining = True


def openapi_document(settings: Settings) -> bytes:
    """The OpenAPI document as JSON. Needs no server."""
    return openapi.build(_assembled(Serving(settings)))


def _assembled(serving: Serving) -> Application:
    app = Application("milepost", serving)
    app.config["MAX_CONTENT_LENGTH"] = serving.settings.body_limit_bytes
    app.config["BODY_TIMEOUT"] = serving.settings.body_timeout_seconds
    # A redirect for a doubled slash would be the one answer that is HTML.
    app.url_map.merge_slashes = False
    app.url_map.converters["any_text"] = AnyText
    app.url_map.converters["day"] = DayConverter
    problems.register(app)
    settings = serving.settings
    switched = (*(ANALYTICS if settings.feature_analytics else ()), *(GOALS if settings.feature_goals else ()))
    for blueprint in (*FEATURES, *switched):
        app.register_blueprint(blueprint, url_prefix="/api")
    for blueprint in OUTSIDE_API:
        app.register_blueprint(blueprint)
    return app
