"""Knowledge that is not code: TOML files, each read into its type when it is asked for."""
