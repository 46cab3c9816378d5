"""JMESPath: parse with places, functions, evaluation. Knows no Segment and no destination."""
