"""A sealed author's signed file opens to nobody who may not know the author."""

import uuid

import pytest

from balcao.cases.models import Case
from balcao.cases.seal import SignatureNames, openable
from balcao.platform.actors import Actor
from balcao.platform.models import StoredFile


def signed(by="citizen"):
    return StoredFile(uuid=uuid.UUID(int=7), name="carta-joana.pdf", signed=True, uploaded_by_kind=by)


def staff(*permissions):
    return Actor("staff", 1, 1, frozenset(permissions), frozenset())


def test_a_signature_is_for_who_may_know_the_author():
    sealed = Case(agency_id=1, sealed=True)
    with pytest.raises(SignatureNames):
        openable(signed(), case=sealed, actor=staff("case.read"))
    assert openable(signed(), case=sealed, actor=staff("case.read", "person.sealed")).name == "carta-joana.pdf"
    assert openable(signed(), case=Case(agency_id=1), actor=staff("case.read")).name == "carta-joana.pdf"
    assert openable(signed("staff"), case=sealed, actor=staff("case.read"))  # a report's own signature
    unsigned = signed()
    unsigned.signed = False
    assert openable(unsigned, case=sealed, actor=staff("case.read")).name == "00000000.pdf"
