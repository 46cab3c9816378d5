"""A pretend destination over real HTTP, described by YAML."""
