"""The live records of one run, and every change that can happen to them."""

from orchestration.book.core import LIFE, Book, Record

__all__ = ["LIFE", "Book", "Record"]
