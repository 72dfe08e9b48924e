"""Raw connections to a real server: bytes in, responses out, without a client that corrects either."""

import json
import socket
from collections.abc import Iterator
from dataclasses import dataclass
from urllib.parse import urlsplit

from support.builders import mint

_PATIENCE_SECONDS = 30.0


@dataclass(frozen=True, slots=True)
class RawResponse:
    """One response; header names are in lower case."""

    status: int
    headers: dict[str, str]
    body: bytes

    @property
    def code(self) -> str | None:
        """The code of a problem; asserts that every member of a problem is there. None for any other response."""
        if self.headers.get("content-type") != "application/problem+json":
            return None
        members = json.loads(self.body)
        assert members["status"] == self.status
        assert {"type", "title", "detail", "request_id"} <= members.keys()
        code: str = members["code"]
        return code


class RawConnection:
    """A socket to the server of `url`; use it as a context manager."""

    def __init__(self, url: str, *, receive_buffer_bytes: int | None = None) -> None:
        address = urlsplit(url)
        self.socket = socket.socket(socket.AF_INET, socket.SOCK_STREAM)
        if receive_buffer_bytes is not None:
            self.socket.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, receive_buffer_bytes)
        self.socket.settimeout(_PATIENCE_SECONDS)
        self.socket.connect((address.hostname, address.port))
        self._received = b""

    def __enter__(self) -> "RawConnection":
        """Itself."""
        return self

    def __exit__(self, *_: object) -> None:
        """Close it."""
        self.socket.close()

    def send(self, content: bytes) -> "RawConnection":
        """Send all of it."""
        self.socket.sendall(content)
        return self

    def response(self) -> RawResponse:
        """The next response.

        Raises:
            EOFError: the server has closed the connection.
        """
        while b"\r\n\r\n" not in self._received:
            self._receive()
        head, _, self._received = self._received.partition(b"\r\n\r\n")
        first, *lines = head.decode("latin-1").split("\r\n")
        headers = dict(line.lower().split(": ", 1) for line in lines)
        length = int(headers["content-length"])
        while len(self._received) < length:
            self._receive()
        body, self._received = self._received[:length], self._received[length:]
        return RawResponse(int(first.split(" ")[1]), headers, body)

    def responses(self) -> Iterator[RawResponse]:
        """All responses until the server closes the connection."""
        while True:
            try:
                yield self.response()
            except EOFError:
                return

    def is_closed(self) -> bool:
        """Whether the server closes the connection without another byte."""
        try:
            self._receive()
        except EOFError:
            return True
        return False

    def _receive(self) -> None:
        try:
            received = self.socket.recv(65_536)
        except ConnectionResetError:
            received = b""
        if not received:
            raise EOFError
        self._received += received


def request(method: str, target: str, *lines: str, subject: str | None = "ada", body: bytes = b"") -> bytes:
    """A request with a Host header and, unless `subject` is None, the token of a learner. `lines` are more headers."""
    token = [] if subject is None else [f"Authorization: Bearer {mint(subject)}"]
    return "\r\n".join([f"{method} {target} HTTP/1.1", "Host: x", *token, *lines, "", ""]).encode("latin-1") + body
