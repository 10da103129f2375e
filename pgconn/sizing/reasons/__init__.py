"""Why each number is what it is: its formula, the same with its numbers, and where it comes from."""
