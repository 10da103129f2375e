"""Quantities, quoting, text made harmless, files: what every floor needs and what knows nothing of a server."""
