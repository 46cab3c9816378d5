"""JMESPath: parse with places, functions, evaluation. Knows no Segment and no destination.

For use from Python: :func:`search` and :func:`compile_expression` give what ``jmespath`` gives, error classes included,
and raise :class:`TooComplexError`, a ``JMESPathError``, for expressions beyond the limits; see docs/jmespath.md.
"""

from mapper.expressions.evaluate import Expression, compile_expression, search
from mapper.expressions.parse import TooComplexError

__all__ = ["Expression", "TooComplexError", "compile_expression", "search"]
