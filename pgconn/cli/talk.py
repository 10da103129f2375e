"""The former name of `messages.info`, for the modules that are still to move."""

from pgconn.cli.messages import info as say

__all__ = ["say"]
