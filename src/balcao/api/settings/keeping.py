"""One kind of setting as five addresses: all of them, one, a new one, a changed one, one less.

A setting says what it is made of (`body`), and which actions keep it and take it out; everything else follows. What
points at something else of the agency is written as its slug, and empty where there is none."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from inspect import Parameter
from types import GenericAlias
from typing import Any, Generic, NamedTuple, TypeVar

from django.db import models
from django.http import Http404
from ninja import Router, Schema, Status
from pydantic import Field, create_model

from balcao.organization.models import Agency
from balcao.platform import history
from balcao.platform.action import action
from balcao.platform.actors import Actor

from ..acts import shape
from ..door import ERRORS, KeyRequest, agency_of, scoped
from ..own import own
from ..words import Change, In

M = TypeVar("M", bound=models.Model)


class Kept(Schema):
    """What every setting has."""

    version: int = Field(description="give it with a change: when somebody was faster, it is refused")


class KeptById(Kept):
    id: int


class KeptBySlug(Kept):
    slug: str


@dataclass(frozen=True)
class Setting(Generic[M]):
    """`keep(actor, thing)` and `remove(actor, thing)` are actions. `points` names what is written as a slug. `also`
    are fields that are told and not written, each with how it is told."""

    path: str
    one: str
    model: type[M]
    body: type[In]
    keep: Callable[[Actor, M], M]
    remove: Callable[[Actor, M], None]
    points: Mapping[str, type[models.Model]] = field(default_factory=dict)
    also: Mapping[str, tuple[Any, Callable[[M], Any]]] = field(default_factory=dict)
    heavy: tuple[str, ...] = ()
    """Fields that only the thing by itself is told with."""
    scope: str = "settings.edit"
    description: str = ""

    @property
    def slugged(self) -> bool:
        return any(f.name == "slug" for f in self.model._meta.fields)

    @property
    def name(self) -> str:
        """How its address names one."""
        return self.path.removesuffix("s").replace("-", "_")

    def told(self, *, whole: bool = True) -> type[Schema]:
        """What is told of one; in a list without what is heavy."""
        fields: dict[str, Any] = {
            name: (info.annotation, Field(description=info.description))
            for name, info in self.body.model_fields.items()
            if whole or name not in self.heavy
        }
        fields |= {name: (of, ...) for name, (of, _tell) in self.also.items()}
        title = f"{self.body.__name__.removesuffix('In')}{'Kept' if whole else 'Listed'}"
        return create_model(
            title, __base__=KeptBySlug if self.slugged else KeptById, __doc__=self.body.__doc__, **fields
        )

    def find(self, actor: Actor, name: Any) -> M:
        """Http404 for what is not the agency's."""
        wanted = {"slug": name} if self.slugged else {"pk": name if 0 < name < 2**63 else 0}
        found = self.model._default_manager.filter(agency_id=agency_of(actor), **wanted).first()
        if found is None:
            raise Http404
        return found

    def tell(self, thing: M) -> dict[str, Any]:
        return self._tell(thing, history.last_change(thing), whole=True)

    def tell_all(self, things: list[M]) -> list[dict[str, Any]]:
        versions = history.last_changes(self.model, [thing.pk for thing in things])
        return [self._tell(thing, versions.get(thing.pk, 0), whole=False) for thing in things]

    def _tell(self, thing: M, version: int, *, whole: bool) -> dict[str, Any]:
        told: dict[str, Any] = {"version": version, "id": thing.pk}
        if self.slugged:
            told["slug"] = thing.serializable_value("slug")
        for name in self.body.model_fields:
            if whole or name not in self.heavy:
                value = getattr(thing, name)
                told[name] = (value.slug if value else "") if name in self.points else value
        return told | {name: tell(thing) for name, (_of, tell) in self.also.items()}

    def write(self, actor: Actor, thing: M, given: Mapping[str, Any]) -> M:
        """Set what is given, and keep it."""
        for name, value in given.items():
            if name in self.points:
                value = own(actor, self.points[name], value, name) if value else None
            setattr(thing, name, value)
        return self.keep(actor, thing)

    @action
    def change(self, actor: Actor, name: Any, given: Mapping[str, Any], version: int | None) -> M:
        """Change one, or Stale when somebody was faster: the row is held from the look to the change."""
        found = self.find(actor, name)
        self.model._default_manager.select_for_update(of=("self",)).get(pk=found.pk)
        history.unchanged_since(found, version)
        return self.write(actor, self.find(actor, name), given)


class Call(NamedTuple):
    """One of the five: what answers, how it is asked, and whether its address names one."""

    view: Callable[..., Any]
    method: str
    name: str
    answer: Any
    summary: str
    body: type[In] | None = None
    names: bool = False
    status: int = 200


def serve(router: Router, setting: Setting[Any]) -> None:
    """Give `setting` its five addresses."""
    one, many = setting.told(), setting.told(whole=False)
    kind: type = str if setting.slugged else int
    changed = create_model(f"{setting.body.__name__.removesuffix('In')}Change", __base__=(Change, setting.body))
    known, path = setting.name, f"/{setting.path}"

    def listing(request: KeyRequest) -> Any:
        found = setting.model._default_manager.filter(agency_id=agency_of(request.auth)).select_related(*setting.points)
        return setting.tell_all(list(found.order_by(*(setting.model._meta.ordering or ["pk"]))))

    def adding(request: KeyRequest, body: In) -> Any:
        agency = Agency.objects.get(pk=agency_of(request.auth))
        thing = setting.model(agency=agency)
        return Status(201, setting.tell(setting.write(request.auth, thing, body.model_dump())))

    def reading(request: KeyRequest, **name: Any) -> Any:
        return setting.tell(setting.find(request.auth, name[known]))

    def changing(request: KeyRequest, body: Change, **name: Any) -> Any:
        return setting.tell(setting.change(request.auth, name[known], body.given(), body.version))

    def removing(request: KeyRequest, **name: Any) -> Any:
        setting.remove(request.auth, setting.find(request.auth, name[known]))
        return Status(204, None)

    everything, title = GenericAlias(list, (many,)), f"The {setting.path.replace('-', ' ')}"
    for call in (
        Call(listing, "get", f"list_{known}s", everything, title),
        Call(adding, "post", f"add_{known}", one, f"Add {setting.one}", body=setting.body, status=201),
        Call(reading, "get", f"read_{known}_setting", one, f"Read {setting.one}", names=True),
        Call(changing, "patch", f"change_{known}", one, f"Change {setting.one}", body=changed, names=True),
        Call(removing, "delete", f"remove_{known}", None, f"Remove {setting.one}", names=True, status=204),
    ):
        parameters = [Parameter("request", Parameter.POSITIONAL_OR_KEYWORD, annotation=KeyRequest)]
        if call.names:
            parameters.append(Parameter(known, Parameter.POSITIONAL_OR_KEYWORD, annotation=kind))
        if call.body is not None:
            parameters.append(Parameter("body", Parameter.POSITIONAL_OR_KEYWORD, annotation=call.body))
        shape(call.view, setting.keep, parameters, call.name)
        call.view.__doc__ = setting.description if call.body is not None else ""
        register = getattr(router, call.method)
        answers = {call.status: call.answer, **ERRORS}
        address = f"{path}/{{{known}}}" if call.names else path
        register(address, response=answers, summary=call.summary)(scoped(setting.scope)(call.view))
