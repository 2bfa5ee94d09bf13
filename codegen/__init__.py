"""Makes everything that touches the core from outside out of one description of its API (`spec/*.toml`)."""
