"""URL converters: the ids and days that an address may contain."""

from werkzeug.routing import BaseConverter

from milepost.api.edge.addresses import with_slashes


class AnyText(BaseConverter):
    """Any valid id, including slashes and line ends: 1 to 200 characters without NUL.

    An encoded slash always belongs to the id. A plain one does unless the address then names another resource.
    """

    regex = r"[^\x00]{1,200}"
    part_isolating = False

    def to_python(self, value: str) -> str:
        """The id as the client meant it."""
        return with_slashes(value)


class DayConverter(BaseConverter):
    """A text with the form of a date, which `parsing.read_day` parses.

    A text of another form, such as `today`, is like an unknown id: there is nothing at its address (404). A date that
    is impossible or out of range is a mistake in a value (422). The route reports it, after the guard: an address must
    not tell more to callers without a token.
    """

    regex = r"[0-9]{4}-[0-9]{2}-[0-9]{2}"
