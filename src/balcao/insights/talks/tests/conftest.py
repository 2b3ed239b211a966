from balcao.inbox.conversations.tests.conftest import account, desk, line, phone, world
from balcao.insights.tests.conftest import events_are_settled

__all__ = ["account", "desk", "events_are_settled", "line", "phone", "world"]
