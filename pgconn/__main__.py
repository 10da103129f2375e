"""`python -m pgconn`."""

from pgconn.cli import main

if __name__ == "__main__":
    main()
