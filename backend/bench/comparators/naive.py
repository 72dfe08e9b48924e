"""Comparator: the obvious first implementation. Frozen: other figures are divided by its figures.

Quart, the SQLAlchemy ORM, one table. Every POST adds a row, loads all rows of the learner, computes everything from
them, and commits. Days are UTC days, which is less work than local days.
"""

from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta

from pydantic import BaseModel
from quart import Quart, request
from sqlalchemy import BigInteger, DateTime, select
from sqlalchemy.ext.asyncio import AsyncAttrs, async_sessionmaker, create_async_engine
from sqlalchemy.orm import DeclarativeBase, Mapped, mapped_column


class Base(AsyncAttrs, DeclarativeBase):
    pass


class Done(Base):
    """One activity."""

    __tablename__ = "done"
    row: Mapped[int] = mapped_column(BigInteger, primary_key=True)
    learner_id: Mapped[str] = mapped_column(index=True)
    id: Mapped[str]
    verb: Mapped[str]
    object_type: Mapped[str]
    topic: Mapped[str | None]
    value: Mapped[float | None]
    duration_seconds: Mapped[int | None]
    hints_used: Mapped[int | None]
    occurred_at: Mapped[datetime] = mapped_column(DateTime(timezone=True))


class Activity(BaseModel):
    """The body of a POST; other fields are ignored."""

    id: str
    learner_id: str
    verb: str
    object_type: str
    topic: str | None = None
    value: float | None = None
    duration_seconds: int | None = None
    hints_used: int | None = None
    occurred_at: datetime


@dataclass
class Topic:
    exercises: int = 0
    graded: int = 0
    grades: float = 0.0

    def level(self) -> str:
        average = self.grades / self.graded if self.graded else 0.0
        for name, min_graded, min_average in (("expert", 50, 80), ("advanced", 30, 70), ("intermediate", 10, 60)):
            if self.graded >= min_graded and average >= min_average:
                return name
        return "beginner"


def streak(days: set[date]) -> tuple[int, int]:
    """The current and the longest run of consecutive days, without freezes."""
    run = longest = 0
    previous: date | None = None
    for day in sorted(days):
        run = run + 1 if previous is not None and day - previous == timedelta(days=1) else 1
        longest = max(longest, run)
        previous = day
    return run, longest


def overview(rows: list[Done]) -> dict[str, object]:
    """Everything, from the raw rows."""
    topics: dict[str, Topic] = {}
    exercises = points = seconds = hints = 0
    for row in rows:
        seconds += row.duration_seconds or 0
        hints += row.hints_used or 0
        if row.verb != "completed":
            continue
        exercises += 1
        points += 10
        topic = topics.setdefault(row.topic or "", Topic())
        topic.exercises += 1
        if row.value is not None:
            topic.graded += 1
            topic.grades += row.value
    current, longest = streak({row.occurred_at.astimezone(UTC).date() for row in rows})
    return {
        "current_streak": current,
        "longest_streak": longest,
        "exercises_completed": exercises,
        "points": points,
        "minutes": seconds // 60,
        "hints_used": hints,
        "skills": [{"topic": name, "level": topic.level()} for name, topic in sorted(topics.items())],
    }


def create_app(database_url: str) -> Quart:
    """POST /activities takes one activity. The table is created at startup."""
    app = Quart(__name__)
    engine = create_async_engine(database_url.replace("postgresql://", "postgresql+asyncpg://", 1), pool_size=10)
    sessions = async_sessionmaker(engine, expire_on_commit=False)

    @app.before_serving
    async def create_table() -> None:
        async with engine.begin() as connection:
            await connection.run_sync(Base.metadata.create_all)

    @app.after_serving
    async def close() -> None:
        await engine.dispose()

    @app.post("/activities")
    async def activities() -> dict[str, object]:
        activity = Activity.model_validate_json(await request.get_data())
        async with sessions() as session, session.begin():
            session.add(Done(**activity.model_dump()))
            rows = (await session.scalars(select(Done).where(Done.learner_id == activity.learner_id))).all()
            return overview(list(rows))

    return app
