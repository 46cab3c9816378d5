"""Mapping sets with one small change each, to see which of them no case would notice."""
