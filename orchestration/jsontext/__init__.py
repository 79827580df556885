"""JSON of several MB as text and back, in pieces: json alone would stop the event loop for 0.2 s.

Writing and reading take their time, so they belong into a thread. There they let the event loop in between
two pieces, which one call into json never does.
"""
