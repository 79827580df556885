"""Adaptive Cards as pure functions: records in, card JSON out."""
