"""Errors are two sentences: one for the person who met it, one for the log."""

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _


class Refusal(Exception):
    """Something could not be done. `sentence` says what happened and what to do next, in the reader's
    language (lazy); `log` says the same to whoever operates the system, without personal data."""

    status = 409
    default: str | Promise = _("This could not be done. Please try again.")

    def __init__(self, sentence: str | Promise | None = None, *, log: str = "") -> None:
        self.sentence = sentence or self.default
        self.log = log or self.__class__.__name__
        super().__init__(self.log)

    def __str__(self) -> str:
        return str(self.sentence)


class NotAllowed(Refusal):
    """The actor lacks a permission."""

    status = 403
    default = _("You do not have permission to do this. Ask your supervisor if you need it.")


class IllegalMove(Refusal):
    """A state machine has no such move from where it stands."""

    default = _("This can no longer be done: someone has already moved it on. Reload the page to see where it is.")


class Stale(Refusal):
    """A form was filled in over an older version of what it changes."""

    default = _(
        "Someone changed this while you were writing. Your text is kept: look at the new version and send again."
    )


class Invalid(Refusal):
    """One value is wrong; `field` names it."""

    status = 400

    def __init__(self, sentence: str | Promise, *, field: str = "", log: str = "") -> None:
        super().__init__(sentence, log=log or f"invalid {field}")
        self.field = field
