"""Benchmarks by name: what a dual encoder finds, tells apart and says, in percent."""
