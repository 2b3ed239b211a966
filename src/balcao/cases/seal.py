"""What a sealed demand hides beside its author: the names that they gave to their files ("rg-joana-prado.pdf")."""

from __future__ import annotations

from pathlib import PurePath

from balcao.platform.actors import Actor
from balcao.platform.models import StoredFile

from .models import Attachment, Case


def without_name(file: StoredFile, *, case: Case, actor: Actor) -> StoredFile:
    """The file as `actor` may know it: under a name that says nothing where they may not know who sent it."""
    if case.sealed and not actor.at(case.area_id).can("person.sealed"):
        file.name = f"{file.uuid.hex[:8]}{PurePath(file.name).suffix}"
    return file


def attachments_for(case: Case, actor: Actor) -> list[Attachment]:
    """The files of a case as `actor` may know them. One query."""
    found = list(case.attachments.select_related("file"))
    for held in found:
        if held.by_citizen:
            without_name(held.file, case=case, actor=actor)
    return found
