"""The approved templates of the agency's numbers, as the provider has them."""

from typing import Annotated, Any

from django.http import Http404
from ninja import Router, Schema
from pydantic import Field

from balcao.inbox.approved.actions import set_for_letters, synchronise, unset_for_letters
from balcao.inbox.approved.outside import FETCHERS
from balcao.inbox.models import Account, ApprovedTemplate
from balcao.platform.actors import Actor

from ..door import ERRORS, KeyRequest, agency_of, scoped
from ..words import In

router = Router(tags=["settings"])


class TemplateOut(Schema):
    id: int
    account: str = Field(description="the number's id at its provider")
    name: str
    language: str
    status: str = Field(description="as the provider writes it: APPROVED…")
    header: str
    body: str
    footer: str
    variables: list[str] = Field(description="of the body, in order")
    may_be_sent: bool
    for_letters: bool
    fillings: list[str] = Field(description="what stands for its variables in a letter")


class LettersIn(In):
    for_letters: Annotated[bool, Field(strict=True)]
    fillings: Annotated[list[Annotated[str, Field(max_length=300)]], Field(max_length=20)] = []


class FetchedOut(Schema):
    templates: int


def _mine(actor: Actor) -> Any:
    return ApprovedTemplate.objects.select_related("account").filter(account__agency_id=agency_of(actor))


def _told(one: ApprovedTemplate) -> dict[str, Any]:
    told = {name: getattr(one, name) for name in TemplateOut.model_fields if name not in ("account",)}
    return told | {"account": one.account.key}


@router.get("/templates", response={200: list[TemplateOut], **ERRORS}, summary="The approved templates")
@scoped("settings.edit")
def list_templates(request: KeyRequest) -> Any:
    return [_told(one) for one in _mine(request.auth).order_by("account_id", "name", "language")]


@router.post("/templates/fetch", response={200: FetchedOut, **ERRORS}, summary="Fetch the templates now")
@scoped("settings.edit")
def fetch_templates(request: KeyRequest) -> Any:
    """Asks the provider of each number; otherwise it happens each hour."""
    accounts = Account.objects.filter(
        agency_id=agency_of(request.auth), channel__in=list(FETCHERS), is_active=True
    ).order_by("pk")
    return {"templates": sum(synchronise(actor=request.auth, account=account) for account in accounts)}


@router.put(
    "/templates/{template}/letters", response={200: TemplateOut, **ERRORS}, summary="Let letters leave by a template"
)
@scoped("settings.edit")
def put_template_for_letters(request: KeyRequest, template: int, body: LettersIn) -> Any:
    """Only one of a number: it takes that from the other."""
    found = _mine(request.auth).filter(pk=template if 0 < template < 2**63 else 0).first()
    if found is None:
        raise Http404
    if body.for_letters:
        return _told(set_for_letters(actor=request.auth, template=found, fillings=body.fillings))
    return _told(unset_for_letters(actor=request.auth, template=found))
