"""Assembles the HTTP application. Wiring only."""

from collections.abc import Mapping

from quart import Quart

from milepost.api.achievements import admin as achievements_admin
from milepost.api.achievements import routes as achievements
from milepost.api.activities import feed, update_streak
from milepost.api.activities import routes as activities
from milepost.api.dashboard import routes as dashboard
from milepost.api.dashboard.files import read_dashboard
from milepost.api.documentation import openapi, page
from milepost.api.documentation.examples import DATED_AT, with_dates
from milepost.api.edge import middleware, problems
from milepost.api.edge.application import Application
from milepost.api.edge.express import Operation
from milepost.api.edge.request_context import AppState
from milepost.api.edge.tokens.verifier import TokenVerifier
from milepost.api.exports import routes as exports
from milepost.api.goals import routes as goals
from milepost.api.history import routes as history
from milepost.api.http.converters import AnyText, DayConverter
from milepost.api.insight import activity_summary, insights, predictions, recommendations, statistics
from milepost.api.leaderboards import groups
from milepost.api.leaderboards import routes as leaderboards
from milepost.api.learners import admin as learners_admin
from milepost.api.learners import inspection as learner_inspection
from milepost.api.learners import leaving, me, merge
from milepost.api.learners import rebuild as learner_rebuild
from milepost.api.live import routes as live
from milepost.api.live import transport
from milepost.api.mastery import routes as mastery
from milepost.api.notices import routes as notices
from milepost.api.operations import audit, erasures, features, health, jobs, kinds, metrics
from milepost.api.overview import routes as overview
from milepost.api.planner import analytics, calendar_days, categories, tasks
from milepost.api.sharing import pages as share_pages
from milepost.api.sharing import routes as shares
from milepost.api.sign_in import demo as demo_sign_in
from milepost.api.sign_in import routes as sign_in
from milepost.api.skills import routes as skills
from milepost.api.spaces import composite_goals, milestones
from milepost.api.spaces import routes as spaces
from milepost.api.streaks import outages, pauses_and_repair, timeline
from milepost.api.streaks import routes as streaks
from milepost.resources import Clock, open_resources
from milepost.rules.sign_in import DemoSignIn
from milepost.settings import Settings, load_policy

TRANSPORT = transport.TRANSPORT
"""The ASGI extension in which the server passes its transport."""
REFUSAL = middleware.REFUSAL
"""The ASGI extension in which the server passes the code of a request that it refuses."""

FEATURES = (
    activities.blueprint,
    feed.blueprint,
    update_streak.blueprint,
    overview.blueprint,
    streaks.blueprint,
    pauses_and_repair.blueprint,
    outages.blueprint,
    timeline.blueprint,
    skills.blueprint,
    mastery.blueprint,
    history.blueprint,
    statistics.blueprint,
    activity_summary.blueprint,
    insights.blueprint,
    predictions.blueprint,
    recommendations.blueprint,
    achievements.blueprint,
    achievements_admin.blueprint,
    exports.blueprint,
    me.blueprint,
    live.blueprint,
    leaving.blueprint,
    merge.blueprint,
    learners_admin.blueprint,
    learner_inspection.blueprint,
    learner_rebuild.blueprint,
    shares.blueprint,
    sign_in.blueprint,
    categories.blueprint,
    tasks.blueprint,
    calendar_days.blueprint,
    spaces.blueprint,
    composite_goals.blueprint,
    milestones.blueprint,
    leaderboards.blueprint,
    groups.blueprint,
    notices.blueprint,
    jobs.blueprint,
    kinds.blueprint,
    audit.blueprint,
    erasures.blueprint,
    features.blueprint,
)
ANALYTICS = (analytics.blueprint,)
"""Registered if `feature_analytics` is set."""
GOALS = (goals.blueprint,)
"""Registered if `feature_goals` is set."""
SIGN_IN = (sign_in.exchange, demo_sign_in.blueprint)
OUTSIDE_API = (
    health.blueprint,
    metrics.blueprint,
    page.blueprint,
    share_pages.blueprint,
    *SIGN_IN,
    dashboard.blueprint,
)


EXPRESS: Mapping[tuple[str, str], Operation] = {
    ("POST", "/activities"): activities.record,
    ("GET", "/progress"): overview.show_overview,
    ("GET", "/progress/streak"): streaks.show_streak,
}
"""What is answered in front of the framework if `express` is set, by method and address below `/api`."""


def create_app(settings: Settings, clock: Clock | None = None, demo: DemoSignIn | None = None) -> Quart:
    """The application. It opens no connection before it serves. `demo`: lets everybody in; for `milepost run` alone.

    Raises:
        ValueError: a route has no contract.
    """
    state = AppState(settings, demo=demo)
    app = _assemble(state)
    state.document = openapi.build(app, load_policy().activities)

    @app.before_serving
    async def open_everything() -> None:
        state.dashboard = read_dashboard(settings.dashboard_folder)
        resources = await open_resources(settings, clock, state.metrics)
        state.verifier = TokenVerifier(settings, resources.clock)
        await state.verifier.open()
        resources.departures.forgetters.append(state.answers.forget)
        state.resources = resources

    @app.after_serving
    async def close_everything() -> None:
        resources, state.resources = state.resources, None
        if state.verifier is not None:
            await state.verifier.close()
        if resources is not None:
            await resources.close()

    return app


def begin_draining(app: Quart) -> None:
    """Make the readiness probe fail and end live streams: the process is about to stop. Requests are still answered."""
    if isinstance(app, Application):
        app.state.draining = True
        if app.state.resources is not None:
            app.state.resources.live.drain()


def openapi_document(settings: Settings) -> bytes:
    """The OpenAPI document as JSON, with dates that are always the same. Needs no running server."""
    return with_dates(openapi.build(_assemble(AppState(settings)), load_policy().activities), DATED_AT)


def _assemble(state: AppState) -> Application:
    app = Application("milepost", state, EXPRESS)
    app.config["MAX_CONTENT_LENGTH"] = state.settings.body_limit_bytes
    app.config["BODY_TIMEOUT"] = state.settings.body_timeout_seconds
    # Without this, a redirect for a double slash would be the only HTML answer.
    app.url_map.merge_slashes = False
    app.url_map.converters["any_text"] = AnyText
    app.url_map.converters["day"] = DayConverter
    problems.register(app)
    settings = state.settings
    optional = (*(ANALYTICS if settings.feature_analytics else ()), *(GOALS if settings.feature_goals else ()))
    for blueprint in (*FEATURES, *optional):
        app.register_blueprint(blueprint, url_prefix="/api")
    for blueprint in OUTSIDE_API:
        app.register_blueprint(blueprint)
    dashboard.register(app)
    return app
