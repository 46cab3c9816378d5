"""YAML text to a positioned document, a spec, and diagnostics."""
