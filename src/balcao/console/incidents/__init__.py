"""Known problems that many people ask about."""
