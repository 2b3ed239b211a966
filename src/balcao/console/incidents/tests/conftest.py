"""The agency and the clients of the incidents' tests."""

from balcao.console.orders.tests.conftest import sign_in, world

__all__ = ["sign_in", "world"]
