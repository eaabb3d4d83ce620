"""The AE-Netv2 family."""
