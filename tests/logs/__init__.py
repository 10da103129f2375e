"""Logs, real and made, read for the connections that were turned away."""
