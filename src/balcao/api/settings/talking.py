"""Where conversations wait and come in, and who attends to them."""

from typing import Annotated, Any

from django.http import Http404
from ninja import Router, Schema
from pydantic import Field

from balcao.inbox.conversations.presence import set_up_attendant
from balcao.inbox.conversations.settings import change_account, change_line, remove_account, remove_line
from balcao.inbox.models import Account, Attendant, Line
from balcao.organization.models import Staff, WorkingCalendar
from balcao.organization.queries import staff_with

from ..door import ERRORS, KeyRequest, agency_of, scoped
from ..own import own
from ..words import In, Slug
from .keeping import Setting
from .kinds import Flag

router = Router(tags=["settings"])
Words = Annotated[str, Field(max_length=4000)]


class LineIn(In):
    """A waiting line."""

    name: Annotated[str, Field(min_length=1, max_length=120)]
    calendar: Annotated[str, Field(max_length=40, description="a slug; empty: the agency's usual hours")] = ""
    automatic: Annotated[bool, Field(strict=True, description="whoever is free is given the next one")] = True
    off_hours_notice: Words = ""
    closing_notice: Words = ""
    closing_template: Annotated[str, Field(max_length=512, description="said of it outside WhatsApp's window")] = ""
    quiet_hours: Annotated[int, Field(strict=True, ge=1, le=720, description="without a word, then it closes")] = 24
    interview: Annotated[str, Field(max_length=120, description="a slug, or service:SLUG; empty: none")] = ""
    interview_by_mail: Annotated[bool, Field(strict=True, description="its questions go out by letter, too")] = False
    asks_grade: Annotated[bool, Field(strict=True, description="0 to 10, asked when it is closed")] = True
    open_to_others: Annotated[bool, Field(strict=True, description="agencies here may pass on who agrees")] = False
    is_active: Flag = True


class AccountIn(In):
    """A way in. Only a web chat is opened here; numbers and mailboxes are connected with their secrets."""

    name: Annotated[str, Field(min_length=1, max_length=120)]
    line: Annotated[Slug, Field(max_length=40, description="where people who come in here wait")]
    channel: Annotated[str, Field(max_length=20, description="it stays as it was made")] = "webchat"
    key: Annotated[str, Field(max_length=120, description="part of its address; it stays as it was made")] = ""
    origins: Annotated[list[str], Field(max_length=50, description="other sites that may show it")] = []
    is_active: Flag = True


LINES = Setting(
    path="lines", one="a waiting line", model=Line, body=LineIn,
    keep=lambda actor, line: change_line(actor=actor, line=line),
    remove=lambda actor, line: remove_line(actor=actor, line=line),
    points={"calendar": WorkingCalendar},
    description="It is switched off only when nobody comes in there any more.",
)  # fmt: skip
ACCOUNTS = Setting(
    path="accounts", one="a way in", model=Account, body=AccountIn,
    keep=lambda actor, account: change_account(actor=actor, account=account),
    remove=lambda actor, account: remove_account(actor=actor, account=account),
    points={"line": Line},
    description="Whoever comes in from now on waits in its line.",
)  # fmt: skip


class AttendantIn(In):
    lines: Annotated[list[Slug], Field(max_length=200, description="slugs; none: nobody is given to them")]
    capacity: Annotated[int, Field(strict=True, ge=1, le=50, description="conversations at once")]
    languages: Annotated[list[str], Field(max_length=50, description="as pt, en, es; none: every language")] = []


class AttendantOut(Schema):
    id: int = Field(description="the colleague's: see `/staff`")
    name: str
    lines: list[str]
    capacity: int | None = Field(description="empty: nothing is set for them yet")
    languages: list[str] = Field(description="without a country; none: every language")


@router.get("/attendants", response={200: list[AttendantOut], **ERRORS}, summary="The attendants")
@scoped("staff.edit")
def list_attendants(request: KeyRequest) -> Any:
    """Everybody whose role lets them talk with people."""
    people = staff_with(agency_of(request.auth), "inbox.attend")
    return [
        _told(one) for one in people.select_related("attending").prefetch_related("attending__lines").order_by("pk")
    ]


@router.put("/attendants/{person}", response={200: AttendantOut, **ERRORS}, summary="Say what an attendant serves")
@scoped("staff.edit")
def set_attendant(request: KeyRequest, person: int, body: AttendantIn) -> Any:
    """It holds from the next conversation on."""
    people = staff_with(agency_of(request.auth), "inbox.attend")
    found = people.filter(pk=person if 0 < person < 2**63 else 0).first()
    if found is None:
        raise Http404
    lines = [own(request.auth, Line, slug, "lines") for slug in body.lines]
    set_up_attendant(actor=request.auth, staff=found, capacity=body.capacity, lines=lines, languages=body.languages)
    return _told(Staff.objects.get(pk=found.pk))


def _told(person: Staff) -> dict[str, Any]:
    attending: Attendant | None = getattr(person, "attending", None)
    lines = sorted(line.slug for line in attending.lines.all()) if attending else []
    return {
        "id": person.pk, "name": person.name, "lines": lines, "capacity": attending.capacity if attending else None,
        "languages": attending.languages if attending else [],
    }  # fmt: skip
