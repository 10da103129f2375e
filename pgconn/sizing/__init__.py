"""What a server and its clients should be set to: inputs in, settings out, each number with its reason; no I/O."""
