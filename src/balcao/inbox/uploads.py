"""Files that come with a form: each is checked by itself, so that a bad one does not cost the person the good ones."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any, NamedTuple

from django.utils.translation import gettext as _

from balcao.catalog.scripts import MAX_FILES
from balcao.platform.actors import Actor
from balcao.platform.errors import Refusal
from balcao.platform.files.actions import store_file
from balcao.platform.files.refused import FileRefused
from balcao.platform.models import StoredFile

OURS = {"scanner_down", "no_room"}  # nothing is wrong with the file: it can be kept later


class Kept(NamedTuple):
    """The good ones, one text about the others, and why those were not taken, as `FileRefused` codes it."""

    stored: list[StoredFile]
    problem: str = ""
    refused: tuple[str, ...] = ()


def keep(
    uploaded: Iterable[Any], *, actor: Actor, room: int = MAX_FILES, come_again: bool = False
) -> tuple[list[StoredFile], str]:
    """Check and store each upload. The good ones, and one text about the others. `come_again`: nobody reads that text
    now, and whoever brought the files can bring them once more: what only we could not do just now raises its
    FileRefused (what was stored before it is swept as unused)."""
    kept = sort_out(uploaded, actor=actor, room=room, come_again=come_again)
    return kept.stored, kept.problem


def sort_out(uploaded: Iterable[Any], *, actor: Actor, room: int = MAX_FILES, come_again: bool = False) -> Kept:
    """As `keep`, with the codes of what was refused."""
    stored: list[StoredFile] = []
    refused: list[str] = []
    problems: list[str] = []
    for upload in uploaded:
        assert actor.agency_id is not None
        if len(stored) >= room:
            problems.append(_("%(n)s files are the most: the others were not kept.") % {"n": MAX_FILES})
            break
        try:
            stored.append(store_file(actor=actor, agency_id=actor.agency_id, upload=upload))
        except Refusal as refusal:
            if come_again and isinstance(refusal, FileRefused) and refusal.code in OURS:
                raise
            problems.append(f"{(upload.name or '')[-60:]}: {refusal.sentence}")
            refused += [refusal.code] if isinstance(refusal, FileRefused) else []
    return Kept(stored, " ".join(problems), tuple(refused))
