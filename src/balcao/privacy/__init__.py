"""What a person may ask of their data, and what time does to them: export, erasure, retention, legal holds.

It stands above the rooms whose rows it clears, and below the faces that show it. What the channels keep is reached
through `parts.PARTS`, wired in config/wiring.py."""
