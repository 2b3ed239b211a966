"""An area's work: its board, an agent's day, the order, its report, the review, the answer."""
