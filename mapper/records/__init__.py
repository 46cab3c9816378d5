"""Frozen nouns that cross layers."""
