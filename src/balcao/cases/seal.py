"""What a sealed demand hides beside its author: the names that they gave to their files ("rg-joana-prado.pdf")."""

from __future__ import annotations

from pathlib import PurePath

from django.utils.translation import gettext_lazy as _

from balcao.platform.actors import Actor
from balcao.platform.errors import Refusal
from balcao.platform.models import StoredFile

from .models import Attachment, Case


class SignatureNames(Refusal):
    """The file's digital signature would tell who the sealed author is."""

    status = 403
    default = _(
        "This file carries a digital signature, which names its author, and the author of this demand is sealed. "
        "Ask a supervisor what it says."
    )


def without_name(file: StoredFile, *, case: Case, actor: Actor) -> StoredFile:
    """The file as `actor` may know it: under a name that says nothing where they may not know who sent it."""
    if case.sealed and not actor.at(case.area_id).can("person.sealed"):
        file.name = f"{file.uuid.hex[:8]}{PurePath(file.name).suffix}"
    return file


def openable(file: StoredFile, *, case: Case, actor: Actor) -> StoredFile:
    """The file as `actor` may open it. Cleaned of its author's data it was when it came; only a digital signature was
    kept, and that opens to nobody who may not know the author (SignatureNames)."""
    theirs = file.signed and file.uploaded_by_kind == "citizen"
    if theirs and case.sealed and not actor.at(case.area_id).can("person.sealed"):
        raise SignatureNames(log="a signed file of a sealed demand")
    return without_name(file, case=case, actor=actor)


def attachments_for(case: Case, actor: Actor) -> list[Attachment]:
    """The files of a case as `actor` may know them. One query."""
    found = list(case.attachments.select_related("file"))
    for held in found:
        if held.by_citizen:
            without_name(held.file, case=case, actor=actor)
    return found
