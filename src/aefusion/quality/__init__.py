"""The quality metrics, and the evaluation E of Algorithm 1."""
