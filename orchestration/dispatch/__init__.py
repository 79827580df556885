"""Who looks after which run, and when."""
