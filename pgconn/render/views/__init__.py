"""One module a document: what of it a person sees, as a page."""
