"""Looking at a server: one snapshot, or a recording of several."""
