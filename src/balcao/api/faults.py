"""What an operator could mend: listed, tried again, given to a colleague, sent elsewhere, ended with a reason."""

from datetime import datetime
from typing import Annotated, Any

from django.http import Http404
from django.utils.translation import gettext as _
from ninja import Query, Router, Schema
from pydantic import Field

from balcao.cases.models import Case
from balcao.inbox.mending import end_delivery, redirect_delivery
from balcao.organization.models import Staff
from balcao.organization.queries import staff_with
from balcao.platform import faults
from balcao.platform.actors import Actor
from balcao.platform.errors import IllegalMove, Invalid
from balcao.platform.models import Fault
from balcao.platform.stuck import may_retry

from .acts import Acts
from .door import ERRORS, KeyRequest, agency_of, scoped
from .words import In

router = Router(tags=["faults"])
PAGE = 50


class Wanted(In):
    kind: str = Field("", max_length=40, description="delivery, job, webhook, stuck…")
    ended: bool = False
    after: int = Field(0, ge=0, le=2**63 - 1, description="`next` of the page before")


class FaultOut(Schema):
    id: int
    kind: str
    reason: str = Field(description="one sentence, without anybody's data")
    count: int = Field(description="how often it happened while it was open")
    first_at: datetime
    last_at: datetime
    case: str = Field(description="the protocol, for keys that may see it; else empty")
    owner: str = Field(description="the e-mail of the colleague to whom it was given")
    may_retry: bool = Field(description="a machine can try it again")
    ended_at: datetime | None
    ended_reason: str


class FaultPage(Schema):
    faults: list[FaultOut]
    next: int | None = Field(description="give it as `after` for the next page; empty on the last one")


class Colleague(In):
    staff: str = Field(min_length=3, max_length=254, description="the e-mail that they sign in with")


class Address(In):
    email: Annotated[str, Field(min_length=3, max_length=254)]


class Because(In):
    reason: str = Field(min_length=1, max_length=2000)


def fault_of(actor: Actor, pk: int) -> Fault:
    found = Fault.objects.visible_to(actor).filter(pk=pk if 0 < pk < 2**63 else 0).first()
    if found is None:
        raise Http404
    return found


def _open(fault: Fault) -> Fault:
    if fault.ended_at is not None:
        raise IllegalMove(_("This has already been mended or ended."), log=f"fault {fault.pk} has ended")
    return fault


def again(actor: Actor, fault: Fault) -> dict[str, Any]:
    return told(actor, [fault_of(actor, fault.pk)])[0]


class Retry(In):
    kind: str = Field(min_length=1, max_length=30, description="delivery, job, webhook, stuck…")


class Retried(Schema):
    went: int = Field(description="that are being tried again; each stays open until its work reports success")
    refused: dict[str, int] = Field(description="why the others were not, and how many")


acts = Acts(router, "fault", int, fault_of, again, FaultOut)


@router.get("", response={200: FaultPage, **ERRORS}, summary="What failed")
@scoped("faults.mend")
def list_faults(request: KeyRequest, wanted: Query[Wanted]) -> Any:
    """Open ones, the oldest first; ended ones, the newest first."""
    found = Fault.objects.visible_to(request.auth).filter(ended_at__isnull=not wanted.ended)
    if wanted.kind:
        found = found.filter(kind=wanted.kind)
    if wanted.after:
        found = found.filter(pk__lt=wanted.after) if wanted.ended else found.filter(pk__gt=wanted.after)
    rows = list(found.order_by("-pk" if wanted.ended else "pk")[: PAGE + 1])
    return {"faults": told(request.auth, rows[:PAGE]), "next": rows[PAGE - 1].pk if len(rows) > PAGE else None}


@router.post("/retry", response={200: Retried, **ERRORS}, summary="Try all of a kind again")
@scoped("faults.mend")
def retry_kind(request: KeyRequest, body: Retry) -> Any:
    """The oldest two hundred that are open, each for itself: one that fails stops no other."""
    went, refused = faults.retry_all(actor=request.auth, kind=body.kind)
    return {"went": went, "refused": refused}


@router.get("/{fault}", response={200: FaultOut, **ERRORS}, summary="One fault")
@scoped("faults.mend")
def read_fault(request: KeyRequest, fault: int) -> Any:
    return again(request.auth, fault_of(request.auth, fault))


@acts.on("retry", "faults.mend", summary="Try it again")
def retry(actor: Actor, fault: Fault) -> None:
    """It stays open until the work itself reports success."""
    faults.retry(actor=actor, fault=_open(fault))


@acts.on("reassign", "faults.mend", summary="Give it to a colleague")
def reassign(actor: Actor, fault: Fault, body: Colleague) -> None:
    """To one who may mend; they are told."""
    mending = staff_with(agency_of(actor), "faults.mend").filter(email__iexact=body.staff).first()
    if mending is None:
        raise Invalid(_("Nobody here signs in with this e-mail."), field="staff")
    faults.reassign(actor=actor, fault=_open(fault), staff_id=mending.pk)


@acts.on("redirect", "faults.mend", summary="Send the letter to another address")
def redirect(actor: Actor, fault: Fault, body: Address) -> None:
    """Of the same person, also for what comes next on this case. Needs `person.read`, for a sealed author
    `person.sealed`."""
    if _open(fault).kind != "delivery":
        raise IllegalMove(log=f"fault {fault.pk} is no delivery")
    redirect_delivery(actor=actor, fault=fault, address=body.email)


@acts.on("end", "faults.mend", summary="End it, with the reason")
def end(actor: Actor, fault: Fault, body: Because) -> None:
    """A letter that reaches nobody: the answer stays on the case's page, which closes it."""
    (end_delivery if _open(fault).kind == "delivery" else faults.end)(actor=actor, fault=fault, reason=body.reason)


def told(actor: Actor, rows: list[Fault]) -> list[dict[str, Any]]:
    seen = Case.objects.visible_to(actor).filter(pk__in={f.case_id for f in rows if f.case_id})
    protocols = dict(seen.values_list("pk", "protocol"))
    owners = {f.owner_id for f in rows if f.owner_id}
    mails = dict(Staff.objects.filter(pk__in=owners, agency_id=agency_of(actor)).values_list("pk", "email"))
    plain = ("kind", "reason", "count", "first_at", "last_at", "ended_at", "ended_reason")
    return [
        {
            "id": fault.pk,
            **{name: getattr(fault, name) for name in plain},
            "case": protocols.get(fault.case_id or 0, ""),
            "owner": mails.get(fault.owner_id or 0, ""),
            "may_retry": fault.ended_at is None and may_retry(fault),
        }
        for fault in rows
    ]
