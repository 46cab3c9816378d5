"""The plain interpretation of a spec: lines in, results out, no I/O."""
