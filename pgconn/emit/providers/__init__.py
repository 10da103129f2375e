"""The managed services, each in its own form and units."""
