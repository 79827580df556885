"""The agents of workflow steps: which model writes for them, and what it is asked."""
