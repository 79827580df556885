"""What ticket-triage is made of: the forms of its data, the look-up, refunds, and the report."""
