"""Stacks: focus and exposure series of any number of pictures, fused in memory that does not grow with the number."""

from aefusion.stack.fuse_stack import KINDS, FusedStack, fuse_stack
from aefusion.stack.fuse_stacks import Stacks, fuse_stacks

__all__ = ["KINDS", "FusedStack", "Stacks", "fuse_stack", "fuse_stacks"]
