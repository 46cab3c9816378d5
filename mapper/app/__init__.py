"""Where authoring and running meet: settings, wiring, ledger, pipeline."""
