"""Specs to Python functions with the results of :mod:`mapper.engine`, which is their oracle."""
