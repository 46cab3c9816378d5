"""Expressions to Python functions: ``ast`` nodes in which every piece of data is a constant or a bound object."""
