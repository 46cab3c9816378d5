"""Snapshots and their pytest plugin."""
