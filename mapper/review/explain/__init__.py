"""A trace of what was evaluated for a call, put into the words of the mapping."""
