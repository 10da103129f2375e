"""The options that commands share, in groups."""
