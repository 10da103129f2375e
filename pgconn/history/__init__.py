"""What was seen before: snapshots to a file and back."""
