"""URL converters: the ids and days that an address may contain."""

from werkzeug.routing import BaseConverter


class AnyText(BaseConverter):
    """Any valid activity id, including slashes and line ends: 1 to 200 characters without NUL."""

    regex = r"[^\x00]{1,200}"
    part_isolating = False


class DayConverter(BaseConverter):
    """A text with the form of a date, which `parsing.read_day` parses.

    A text of another form, such as `today`, is like an unknown id: there is nothing at its address (404). A date that
    is impossible or out of range is a mistake in a value (422). The route reports it, after the guard: an address must
    not tell more to callers without a token.
    """

    regex = r"[0-9]{4}-[0-9]{2}-[0-9]{2}"
