"""Programs that measure vndiacritic: the quality gate, speed and memory, and a table of peers.

Run from a checkout, as ``python -m benchmarks.gate`` and so on; README.md says what each one means. Nothing in
the package imports anything from here.
"""
