"""The city now: for whoever commands the operation."""
