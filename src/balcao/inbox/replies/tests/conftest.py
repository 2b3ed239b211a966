from balcao.inbox.conversations.tests.conftest import account, desk, line, phone, world

__all__ = ["account", "desk", "line", "phone", "world"]
