"""The server's processes as the operating system sees them, and SIGTERM to one of them, never a harder signal."""

from pgconn.host.ending import end, is_running, may_end
from pgconn.host.location import find, locate
from pgconn.host.scanning import scan_processes
from pgconn.host.serving import serves

__all__ = ["end", "find", "is_running", "locate", "may_end", "scan_processes", "serves"]
