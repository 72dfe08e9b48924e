"""What may stand in an address where an id stands: any text an activity's id may be, slashes and line ends included."""

from werkzeug.routing import BaseConverter


class AnyText(BaseConverter):
    """1 to 200 characters without NUL. Anything else names nothing."""

    regex = r"[^\x00]{1,200}"
    part_isolating = False
