"""What a connection may meet in the place of a server that answers."""

import contextlib
import selectors
import socket
import threading
from collections.abc import Callable, Iterator
from typing import Final

from pgconn.demo.clients import Target, address

_READY: Final = b"Z\x00\x00\x00\x05I"
"""How a server says that it waits for a question."""


@contextlib.contextmanager
def silent() -> Iterator[int]:
    """A port that takes connections and says nothing."""
    with socket.create_server(("127.0.0.1", 0)) as server:
        yield server.getsockname()[1]


@contextlib.contextmanager
def web_server() -> Iterator[int]:
    """A port that answers everything in HTTP."""
    with _serving(lambda client: client.sendall(b"HTTP/1.1 400 Bad Request\r\nConnection: close\r\n\r\n")) as port:
        yield port


@contextlib.contextmanager
def frozen_after_login(target: Target) -> Iterator[int]:
    """A way to a server that goes dead as soon as the login is done."""

    def lead(client: socket.socket) -> None:
        text = b""
        with socket.create_connection(address(target)) as server, selectors.DefaultSelector() as either:
            either.register(client, selectors.EVENT_READ, (client, server))
            either.register(server, selectors.EVENT_READ, (server, client))
            while not text.endswith(_READY):
                for key, _ in either.select():
                    there, other = key.data
                    if not (part := there.recv(65536)):
                        return
                    other.sendall(part)
                    text = (text + part)[-len(_READY) :] if there is server else text
            while client.recv(65536):
                pass

    with _serving(lead) as port:
        yield port


@contextlib.contextmanager
def _serving(serve: Callable[[socket.socket], None]) -> Iterator[int]:
    with socket.create_server(("127.0.0.1", 0)) as listener:

        def accept() -> None:
            with contextlib.suppress(OSError):
                while True:
                    client, _ = listener.accept()
                    with client, contextlib.suppress(OSError):
                        client.settimeout(30)
                        client.recv(65536, socket.MSG_PEEK)
                        serve(client)

        thread = threading.Thread(target=accept, daemon=True)
        thread.start()
        try:
            yield listener.getsockname()[1]
        finally:
            with contextlib.suppress(OSError):
                listener.shutdown(socket.SHUT_RDWR)
            thread.join(timeout=5)
