"""The agency and the clients of the orders' tests."""

from balcao.console.orders.tests.conftest import order, sign_in, world

__all__ = ["order", "sign_in", "world"]
