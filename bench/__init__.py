"""Measurements behind the performance goals. Run with `./dev bench NAME [--quick]`."""
