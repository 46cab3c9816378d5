"""The rules: one for each code, each with its doc, a bad and a good example."""
