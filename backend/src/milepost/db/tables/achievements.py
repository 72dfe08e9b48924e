"""The catalogue of achievements, the counters of its filters, and how many learners have each."""

from sqlalchemy import BigInteger, Column, Integer, Table, Text
from sqlalchemy.dialects.postgresql import JSONB

from milepost.db.tables.schema import ROOM_FOR_UPDATES, count, instant, learner_key, metadata

achievements = Table(
    "achievements",
    metadata,
    Column("code", Text, primary_key=True),
    Column("bit", Integer, nullable=False, unique=True, comment="place in every learner's mask, for ever"),
    Column("definition", JSONB, nullable=False, comment="in the language of config/achievements.toml, state included"),
    Column("origin", Text, nullable=False, comment="file or admin: a file retires only what came from one"),
    instant("changed_at"),
    comment="reference: the catalogue; a code is never deleted",
)

achievement_stats = Table(
    "achievement_stats",
    metadata,
    Column("code", Text, primary_key=True),
    Column("holders", BigInteger, nullable=False),
    Column("learners", BigInteger, nullable=False, comment="learners with at least one activity"),
    instant("as_of"),
    comment="reference: how many hold an achievement, counted hourly",
)

counters = Table(
    "counters",
    metadata,
    Column("counter", Text, primary_key=True),
    Column("amount", Text, nullable=False, comment="which of the sums; days: distinct days with a matching activity"),
    Column("object_type", Text, comment="null: any"),
    Column("verb", Text, comment="null: any"),
    Column("topic", Text, comment="null: any"),
    comment="reference: what the filters of active achievements count",
)

metric_counters = Table(
    "metric_counters",
    metadata,
    learner_key(),
    Column("counter", Text, primary_key=True),
    count("value"),
    comment="projection: a learner's sums by the filters of active achievements",
    postgresql_with=ROOM_FOR_UPDATES,
)
