"""Stacks: focus and exposure series of any number of pictures, fused in memory that does not grow with the number."""

from aefusion.stack.fuse_stack import KINDS, Stacked, fuse_stack, stack_files

__all__ = ["KINDS", "Stacked", "fuse_stack", "stack_files"]
