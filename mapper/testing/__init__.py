"""Lock mappings by snapshots, with two lines in a test file.

from mapper.testing import lock

test_mappings = lock("cases")
"""

from mapper.testing.lock import lock

__all__ = ["lock"]
