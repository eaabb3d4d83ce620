"""The whole product: read, plan, split colour, fuse luminance, join colour, write."""
