"""A queue in a file, which outlives the process."""
