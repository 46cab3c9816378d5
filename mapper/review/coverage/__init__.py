"""What of a mapping a set of calls reaches."""
