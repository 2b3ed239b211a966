"""What the rooms above keep of a demand, and how they let go of it. `config/wiring.py` fills the list."""

from collections.abc import Callable

#: Each is called with a case's id inside the transaction that clears it, and deletes what its room holds of it.
PARTS: list[Callable[[int], None]] = []
