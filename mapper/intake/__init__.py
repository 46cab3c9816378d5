"""Bytes to lines: NDJSON, arrays, envelopes, gzip, files, directories."""
