"""The incidents, each a context manager: made by real clients, shown by the server, gone after the block."""
