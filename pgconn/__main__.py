"""`python -m pgconn`."""

from pgconn.cli.main import main

if __name__ == "__main__":
    main()
