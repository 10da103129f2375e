"""One module a format: a page or a document as text."""
