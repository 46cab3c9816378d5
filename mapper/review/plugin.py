"""The pytest plugin: ``cases`` locks mappings by snapshots."""
