"""What the commands answer, with the JSON contract of each."""
