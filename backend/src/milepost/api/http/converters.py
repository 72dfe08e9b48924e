"""URL converters: the ids and days that an address may contain."""

from datetime import date

from werkzeug.routing import BaseConverter, ValidationError


class AnyText(BaseConverter):
    """Any valid activity id, including slashes and line ends: 1 to 200 characters without NUL."""

    regex = r"[^\x00]{1,200}"
    part_isolating = False


class DayConverter(BaseConverter):
    """A calendar date, 1900–2199. Anything else does not match the route."""

    regex = r"(?:19|20|21)\d\d-\d\d-\d\d"

    def to_python(self, value: str) -> date:
        """Parse the date.

        Raises:
            ValidationError: the date does not exist.
        """
        try:
            return date.fromisoformat(value)
        except ValueError:
            raise ValidationError from None
