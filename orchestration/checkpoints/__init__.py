"""The saved states of a run as a log: each holds what is new, and refers to earlier ones for the rest."""
