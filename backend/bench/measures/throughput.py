"""P1, P1b, P2, P3 and P5: intake in batches, single posts and warm overviews, each beside its comparator."""

import random
import statistics
from collections.abc import Sequence
from datetime import timedelta
from typing import Any

from bench.comparators import copy_in
from bench.fixtures import history
from bench.fixtures.workload import (
    BATCH,
    FEW_LEARNERS,
    MANY_LEARNERS,
    Shape,
    batches,
    body,
    day_of_round,
    learner_ids,
    singles,
    yesterday,
)
from bench.harness import load
from bench.harness.servers import Installation, bare, naive
from bench.measures import projection_costs
from bench.measures.figures import Figure, Plan, figure

BULK_CONNECTIONS = 2
GROUPS = 4
DAYS = 12
POST_CONNECTIONS = 64
GET_CONNECTIONS = 32
MIN_BARE_RATE = 5_000.0
MIN_NAIVE_RATE = 100.0
# More than the fastest side can answer in a second: a round must end by time and not because requests run out.
MAX_POSTS_A_SECOND = 12_000
MAX_GETS_A_SECOND = 25_000


def bulk(installed: Installation, token: str, posted: Sequence[list[dict[str, Any]]]) -> float:
    """Activities per second of whole batches.

    Raises:
        RuntimeError: not every batch was answered with 200 within a minute.
    """
    requests = [load.request("POST", "/api/activities", token, body(batch)) for batch in posted]
    outcome = load.run(installed.port, requests, BULK_CONNECTIONS, 60.0).check()
    if outcome.answers != len(requests):
        raise RuntimeError(f"{outcome.answers} of {len(requests)} batches answered within a minute")
    return sum(map(len, posted)) / outcome.seconds


def _intake_round(installed: Installation, token: str, shape: Shape, label: str) -> tuple[float, float, float]:
    """Rates of COPY, of batches in order of days, and of batches on days before the learners' last day."""
    first = yesterday() - timedelta(days=DAYS)
    days = [first + timedelta(days=n) for n in range(DAYS)]
    in_order = learner_ids(f"{label}-in-order", GROUPS * shape.learners)
    late = learner_ids(f"{label}-late", GROUPS * shape.learners)
    bulk(installed, token, batches(shape, f"{label}-a", in_order, [first - timedelta(days=1)]))
    bulk(installed, token, batches(shape, f"{label}-b", late, [yesterday()]))
    ours = bulk(installed, token, batches(shape, f"{label}-c", in_order, days))
    copied = copy_in.rate(installed.settings.database_url, in_order, BULK_CONNECTIONS)
    shuffled = random.Random(label).sample(days, len(days))
    return copied, ours, bulk(installed, token, batches(shape, f"{label}-d", late, shuffled))


def intake(installed: Installation, plan: Plan) -> list[Figure]:
    """P1 and P1b, in both shapes. The first round is not counted."""
    token = installed.token("bench", "service")
    figures = []
    for shape, floor, goal in ((FEW_LEARNERS, 0.18, 0.28), (MANY_LEARNERS, 0.10, 0.17)):
        rounds = []
        for number in range(plan.rounds + 1):
            rounds.append(_intake_round(installed, token, shape, f"{shape.learners}-{number}"))
            plan.say("P1 {}: COPY {:,.0f}/s, in order {:,.0f}/s, late {:,.0f}/s".format(shape.name, *rounds[-1]))
        copied, ours, late = zip(*rounds[1:], strict=True)
        batch = learner_ids(f"{shape.learners}-{plan.rounds}-in-order", GROUPS * shape.learners)[: shape.learners]
        rate = statistics.median(ours)
        plan.say(projection_costs.cost_line(installed.settings, batch, yesterday() - timedelta(days=1), BATCH, rate))
        figures += [
            figure("P1", shape.name, "COPY", copied, ours, floor, goal),
            figure("P1b", f"{shape.name}, late", "in order", ours, late, 0.3, 0.6),
        ]
    return figures


def posts(installed: Installation, plan: Plan) -> list[Figure]:
    """P2 and P3: one activity per request. All three sides get the same bodies, for learners with the same past."""
    token = installed.token("bench", "service")
    learners = learner_ids("posts", POST_CONNECTIONS)
    past = history.standard_history(learners, day_of_round(0, plan.rounds) - timedelta(days=1))
    for batch in past:
        bulk(installed, token, [batch])
    rounds: list[tuple[load.Load, load.Load, load.Load]] = []
    with bare(installed, b"{}") as bare_port, naive(installed) as naive_port:
        history.fill_naive(installed.postgres.url("naive"), past)
        for number in range(plan.rounds + 1):
            day = day_of_round(number, plan.rounds)
            bodies = list(singles(f"posts-{number}", learners, day, int(plan.seconds * MAX_POSTS_A_SECOND)))

            def post(port: int, path: str, bodies: list[bytes] = bodies) -> load.Load:
                requests = [load.request("POST", path, token, content) for content in bodies]
                return load.run(port, requests, POST_CONNECTIONS, plan.seconds).check()

            sides = (
                post(bare_port, "/activities"),
                post(installed.port, "/api/activities"),
                post(naive_port, "/activities"),
            )
            rounds.append(sides)
            plan.say("P2, P3: bare {:,.0f}/s, ours {:,.0f}/s, naive {:,.0f}/s".format(*(side.rate for side in sides)))
    bares, ours, naives = ([side.rate for side in sides] for sides in zip(*rounds[1:], strict=True))
    note = f"P95 {statistics.median(sides[1].percentile_ms(95) for sides in rounds[1:]):.1f} ms"
    what = f"single POST, {POST_CONNECTIONS} connections"
    return [
        figure("P2", what, "bare Quart POST", bares, ours, 0.40, 0.65, MIN_BARE_RATE, note),
        figure("P3", what, "naive service", naives, ours, 8.0, 15.0, MIN_NAIVE_RATE, note),
    ]


def overview(installed: Installation, plan: Plan) -> list[Figure]:
    """P5: the overview of 32 learners with a past, in turn, each with its own token, against the same bytes.

    The first round is not counted.
    """
    service = installed.token("bench", "service")
    learners = learner_ids("overview", GET_CONNECTIONS)
    for batch in history.standard_history(learners, yesterday()):
        bulk(installed, service, [batch])
    requests = [load.request("GET", "/api/progress", installed.token(learner, "learner")) for learner in learners]
    answer = load.run(installed.port, requests, 1, 30.0).check().last_body
    ours: list[float] = []
    bares: list[float] = []
    latencies: list[float] = []
    repeats = int(plan.seconds * MAX_GETS_A_SECOND) // len(requests)
    with bare(installed, answer) as bare_port:
        for _ in range(plan.rounds + 1):
            plain = [request.replace(b"/api/progress", b"/progress", 1) for request in requests]
            bares.append(load.run(bare_port, plain * repeats, GET_CONNECTIONS, plan.seconds).check().rate)
            outcome = load.run(installed.port, requests * repeats, GET_CONNECTIONS, plan.seconds).check()
            ours.append(outcome.rate)
            latencies.append(outcome.percentile_ms(95))
            plan.say(f"P5: bare {bares[-1]:,.0f}/s, ours {ours[-1]:,.0f}/s")
    note = f"{len(answer)} bytes, P95 {statistics.median(latencies[1:]):.1f} ms"
    what = f"GET /progress, warm, {GET_CONNECTIONS} connections"
    return [figure("P5", what, "bare Quart GET", bares[1:], ours[1:], 0.45, 0.80, MIN_BARE_RATE, note)]
