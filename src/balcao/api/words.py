"""The shapes that every part of the API shares. Bodies are read strictly: what the description does not know is
refused, so that a misspelt field is told and not lost."""

import json
import re
from datetime import date, datetime
from typing import Annotated, Any

from django.core.exceptions import RequestDataTooBig
from django.db.models import TextChoices
from django.http import HttpRequest
from django.utils.datastructures import MultiValueDict
from django.utils.translation import gettext as _
from ninja.errors import HttpError
from ninja.parser import Parser
from pydantic import AwareDatetime, BaseModel, BeforeValidator, ConfigDict, Field, WithJsonSchema
from pydantic_core import PydanticUndefined

from balcao.catalog.models import Kind, Outcome

BIGGEST = 2**31 - 1
_UNTELLABLE = re.compile("[\x00\ud800-\udfff]")  # PostgreSQL keeps neither


class In(BaseModel):
    """What a caller sends. Ninja's own schema would read it twice, the second time one by one."""

    model_config = ConfigDict(extra="forbid", from_attributes=True)


class Told(BaseModel):
    """What a list or a much-asked call answers, from plain values. Ninja's own schema also reads rows and asks each for
    its resolvers: for a page of cases that is most of the answer's cost."""


class CarefulParser(Parser):
    """JSON as RFC 8259 has it: no NaN, no half characters, nothing that a database could not keep."""

    def parse_body(self, request: HttpRequest) -> dict[str, Any]:
        try:
            text = request.body.decode()
            found = json.loads(text, parse_constant=_no_constant)
        except RequestDataTooBig:
            raise HttpError(413, _("This is more than we take.")) from None
        except (ValueError, RecursionError):
            raise HttpError(400, _("This is not JSON in UTF-8.")) from None
        if _UNTELLABLE.search(json.dumps(found, ensure_ascii=False)) or "\\u0000" in text:
            raise HttpError(400, _("This holds characters that no text has."))
        return found

    def parse_querydict(
        self, data: MultiValueDict[str, Any], list_fields: list[str], request: HttpRequest
    ) -> dict[str, Any]:
        found = super().parse_querydict(data, list_fields, request)
        if any(isinstance(value, str) and _UNTELLABLE.search(value) for value in found.values()):
            raise HttpError(400, _("This holds characters that no text has."))
        return found


def _no_constant(text: str) -> Any:
    raise ValueError(text)


def _written(value: Any) -> Any:
    """Only ISO 8601: pydantic would also take a bare number for a moment."""
    if isinstance(value, str) and not re.match(r"\d{4}-\d\d-\d\d", value):
        raise ValueError("write it as in ISO 8601, 2026-05-04 or 2026-05-04T10:00:00-03:00")
    if not isinstance(value, str | date | datetime):
        raise ValueError("write it as a text in ISO 8601")
    return value


def one_of(choices: type[TextChoices]) -> WithJsonSchema:
    """Describes a choice where it stands: Ninja would keep it under its bare name, and many are called State."""
    return WithJsonSchema({"type": "string", "enum": list(choices.values)})


READ = "the version that you read; older ones are refused"
Version = Annotated[int | None, Field(None, strict=True, ge=1, le=BIGGEST, description=READ)]
Moment = Annotated[AwareDatetime, BeforeValidator(_written)]
Day = Annotated[date, BeforeValidator(_written)]
DemandKind = Annotated[Kind, one_of(Kind)]
HowItEnded = Annotated[Outcome, one_of(Outcome)]
Slug = Annotated[str, Field(min_length=1, max_length=100)]
Said = Annotated[str, Field(min_length=1, max_length=4000)]
After = Annotated[str, Field("", max_length=60, description="`next` of the page before")]


class Named(Told):
    slug: str
    name: str


def named(thing: Any) -> dict[str, str] | None:
    return {"slug": thing.slug, "name": thing.name} if thing is not None else None


class Change(In):
    """Mixed with what makes a new thing: nothing of it is required, and what is left out stays as it is. `version` may
    be 0: that of a setting which nobody has changed since it came."""

    version: Annotated[int | None, Field(strict=True, ge=0, le=2**63 - 1, description=READ)] = None

    @classmethod
    def __pydantic_init_subclass__(cls, **_given: Any) -> None:
        for name, info in cls.model_fields.items():
            if name != "version":
                info.default, info.default_factory = PydanticUndefined, lambda: None
        cls.model_rebuild(force=True)

    def given(self) -> dict[str, Any]:
        """What the caller wants changed."""
        return self.model_dump(exclude_unset=True, exclude={"version"})
