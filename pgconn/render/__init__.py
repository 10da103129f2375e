"""Values in, something printable out: a document becomes a page, and a page is written in one of five formats."""
