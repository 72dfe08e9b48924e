"""What may stand in an address where an id or a day stands."""

from datetime import date

from werkzeug.routing import BaseConverter, ValidationError


class AnyText(BaseConverter):
    """Any text an activity's id may be, slashes and line ends included: 1 to 200 characters without NUL."""

    regex = r"[^\x00]{1,200}"
    part_isolating = False


class DayConverter(BaseConverter):
    """A calendar date, 1900–2199. Anything else names nothing."""

    regex = r"(?:19|20|21)\d\d-\d\d-\d\d"

    def to_python(self, value: str) -> date:
        """The date.

        Raises:
            ValidationError: no month has that day.
        """
        try:
            return date.fromisoformat(value)
        except ValueError:
            raise ValidationError from None
