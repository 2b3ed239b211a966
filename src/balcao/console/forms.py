"""Forms over actions: what an action refuses is shown where it was typed, and nothing typed is lost."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from django import forms
from django.http import HttpRequest

from balcao.platform.errors import NotAllowed, Refusal


def tried(form: forms.Form, action: Callable[[], Any]) -> bool:
    """Run `action`. A refusal becomes an error of the form, at its own field where it names one; False then.

    NotAllowed passes: it is a page of its own."""
    try:
        action()
    except NotAllowed:
        raise
    except Refusal as refusal:
        field = getattr(refusal, "field", "")
        form.add_error(field if field in form.fields else None, str(refusal.sentence))
        return False
    return True


def version_of(request: HttpRequest) -> int | None:
    """The version that the page showed, from the hidden field that every form carries."""
    shown = request.POST.get("version", "")
    return int(shown) if shown.isascii() and shown.isdigit() and len(shown) < 10 else None
