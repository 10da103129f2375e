"""Closing a connection so that its slot is free when that is done.

The kernel closes the socket of a backend that ends, so the end of the stream is the end of process and slot.
"""

import contextlib
import os
import socket
from typing import Any, Final

import psycopg
from psycopg.pq import TransactionStatus

_GOODBYE: Final = 2.0  # seconds that our own backend may take to end; it needs a millisecond


def disconnect(connection: psycopg.Connection[Any]) -> None:
    """Close the connection and wait until its backend has gone, unless that one is still at work for us."""
    with contextlib.suppress(OSError, psycopg.Error):
        if connection.info.transaction_status != TransactionStatus.ACTIVE:
            line = socket.socket(fileno=os.dup(connection.fileno()))
            connection.close()
            until_closed(line, _GOODBYE)
    connection.close()


def until_closed(line: socket.socket, seconds: float) -> None:
    """Close our half and read until the other side has closed; TimeoutError when it is silent for so long."""
    with line:
        line.settimeout(seconds)
        with contextlib.suppress(OSError):  # it has gone already
            line.shutdown(socket.SHUT_WR)
        with contextlib.suppress(ConnectionError):
            while line.recv(65536):
                pass
