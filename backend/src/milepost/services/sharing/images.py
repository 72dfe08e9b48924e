"""Draws share images: one at a time, in a process of its own, and the same content only once.

Images are kept in memory for some minutes under their content, so nothing is ever stale; whether a share may still be
shown is decided before its image is requested.
"""

import asyncio
import hashlib
import sys
from collections import OrderedDict
from collections.abc import Sequence

import structlog

from milepost.errors import Unavailable
from milepost.services.sharing.fonts import Fonts, load_fonts

log = structlog.get_logger(__name__)

_MAX_IMAGES = 64
_LIFETIME_SECONDS = 600.0
_MAX_WAITING = 16
_TIMEOUT_SECONDS = 4.0
_RETRY_AFTER_SECONDS = 5


class ShareImages:
    """The images of this process, and the one that is being drawn. One per process."""

    def __init__(self, font_files: Sequence[str]) -> None:
        self._font_files = font_files
        self._fonts: Fonts | None = None
        self._images: OrderedDict[bytes, tuple[float, bytes]] = OrderedDict()
        self._turn = asyncio.Lock()
        self._waiting = 0
        self.drawn = 0
        """Images drawn by this process."""

    async def fonts(self) -> Fonts:
        """The fonts; read on first use."""
        if self._fonts is None:
            self._fonts = await asyncio.to_thread(load_fonts, self._font_files)
        return self._fonts

    async def png(self, svg: str) -> bytes:
        """The image of an SVG of ours.

        Raises:
            Unavailable: `overloaded` while too many wait; `image_unavailable` if it cannot be drawn.
        """
        key = hashlib.blake2b(svg.encode(), digest_size=16).digest()
        image = self._recall(key)
        if image is not None:
            return image
        if self._waiting >= _MAX_WAITING:
            raise Unavailable("overloaded", "Too many images are waiting to be drawn.", _RETRY_AFTER_SECONDS)
        self._waiting += 1
        try:
            async with self._turn:
                image = self._recall(key)
                if image is None:
                    image = await self._draw(svg)
                    self._keep(key, image)
                return image
        finally:
            self._waiting -= 1

    def _recall(self, key: bytes) -> bytes | None:
        kept = self._images.get(key)
        if kept is None or kept[0] <= asyncio.get_running_loop().time():
            return None
        self._images.move_to_end(key)
        return kept[1]

    def _keep(self, key: bytes, image: bytes) -> None:
        now = asyncio.get_running_loop().time()
        for old in [old for old, (until, _) in self._images.items() if until <= now]:
            del self._images[old]
        self._images[key] = (now + _LIFETIME_SECONDS, image)
        while len(self._images) > _MAX_IMAGES:
            self._images.popitem(last=False)

    async def _draw(self, svg: str) -> bytes:
        fonts = await self.fonts()
        drawing = await asyncio.create_subprocess_exec(
            *(sys.executable, "-I", "-m", "milepost.services.sharing.draw", *fonts.files),
            stdin=asyncio.subprocess.PIPE,
            stdout=asyncio.subprocess.PIPE,
            stderr=asyncio.subprocess.PIPE,
        )
        try:
            async with asyncio.timeout(_TIMEOUT_SECONDS):
                image, complaint = await drawing.communicate(svg.encode())
        except TimeoutError:
            image, complaint = b"", b"out of time"
        finally:
            if drawing.returncode is None:
                drawing.kill()
                await drawing.wait()
        if drawing.returncode != 0:
            log.error(
                "share_image_failed", status=drawing.returncode, reason=complaint.decode("utf-8", "replace")[-500:]
            )
            raise Unavailable("image_unavailable", "The image could not be drawn.", _RETRY_AFTER_SECONDS)
        self.drawn += 1
        return image
