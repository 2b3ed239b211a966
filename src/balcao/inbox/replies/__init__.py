"""Ready-made replies, found by a shortcut; with steps that follow them, they are macros."""
