"""Calls as they happen: Segment's Tracking API and webhooks over HTTP, mapped and queued.

Needs the extra ``server``.
"""
