"""Knowledge that is not code: what the providers of managed servers give and allow."""
