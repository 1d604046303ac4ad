"""Documents to a decision, by the clauses of the admission standard."""
