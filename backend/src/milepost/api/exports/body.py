"""The body of a streamed export, and the end of its connection when the export fails or its reader is too slow.

A server that waits for a reader who takes nothing would keep the connection for ever, so it is cut.
"""

import asyncio
from collections.abc import AsyncIterator

from milepost.api.live.transport import Transport
from milepost.queries.exports.stream import Export


class ExportBody(AsyncIterator[bytes]):
    """The chunks of an export. Its connection is cut when the copy fails, or `limit_seconds` after the beginning."""

    def __init__(self, export: Export, transport: Transport, limit_seconds: float) -> None:
        self._export = export
        self._transport = transport
        self._deadline = asyncio.get_running_loop().call_later(limit_seconds, transport.abort)
        export.copying.add_done_callback(self._cut_if_failed)

    def __aiter__(self) -> "ExportBody":
        """Itself."""
        return self

    async def __anext__(self) -> bytes:
        """The next chunk; see `Export`."""
        try:
            return await self._export.__anext__()
        except BaseException:
            self._deadline.cancel()
            raise

    async def aclose(self) -> None:
        """End the export. May be called at any time, also twice."""
        self._deadline.cancel()
        await self._export.aclose()

    def _cut_if_failed(self, copying: asyncio.Task[None]) -> None:
        if copying.cancelled() or copying.exception() is not None:
            self._transport.abort()
