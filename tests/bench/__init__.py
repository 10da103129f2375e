"""`make bench`: how long pgconn takes, as a ratio against what people use today, in the same run."""
