"""Requests to outcomes: queue, batches, sending, retries. Knows no calls."""
