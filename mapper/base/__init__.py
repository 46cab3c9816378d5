"""Standard library and the JSON codec only: what every layer may use."""
