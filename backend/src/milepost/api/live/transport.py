"""What a stream may ask of the connection below it: how much its reader has not read yet, and to cut it.

The server passes its transport in the ASGI scope. Without one (in tests that call the application in process) nothing
is ever unread.
"""

from collections.abc import Mapping
from typing import Protocol, runtime_checkable

TRANSPORT = "milepost.transport"
"""The name of the ASGI extension: `{"transport": …}`."""


@runtime_checkable
class Transport(Protocol):
    """The part of an asyncio transport that streams use."""

    def get_write_buffer_size(self) -> int:
        """Bytes that the client has not accepted yet."""
        ...

    def abort(self) -> None:
        """Close at once and drop what is unread."""
        ...


class _Unbuffered:
    def get_write_buffer_size(self) -> int:
        return 0

    def abort(self) -> None:
        return None


def transport_of(scope: Mapping[str, object]) -> Transport:
    """The transport of a request's ASGI scope."""
    extensions = scope.get("extensions")
    extension = extensions.get(TRANSPORT) if isinstance(extensions, Mapping) else None
    transport = extension.get("transport") if isinstance(extension, Mapping) else None
    return transport if isinstance(transport, Transport) else _Unbuffered()
