"""Words that a channel has approved before: what may be said outside of its window."""
