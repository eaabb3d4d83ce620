"""Algorithm 1: training, and the bank of optimal solutions."""
