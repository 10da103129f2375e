"""The cures: who is to end, as a value, and the small function that ends them."""
