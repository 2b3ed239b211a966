"""The figures of conversations, for whoever leads the inbox."""
