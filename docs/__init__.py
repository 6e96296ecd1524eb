"""The documentation, and what makes the generated part of it: ``python -m docs.make``."""
