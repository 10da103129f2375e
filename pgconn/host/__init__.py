"""The server's processes as the operating system sees them, and the gentlest of signals to one of them."""

from pgconn.host.ending import end, is_running, may_end
from pgconn.host.looking import look
from pgconn.host.place import find, place
from pgconn.host.serving import serves

__all__ = ["end", "find", "is_running", "look", "may_end", "place", "serves"]
