"""The shape that all acts share: find the thing by its address, do one thing to it, tell how it stands now."""

from collections.abc import Callable
from dataclasses import dataclass
from functools import wraps
from inspect import Parameter, Signature, cleandoc, signature
from typing import Any, Generic, TypeVar

from ninja import Router, Status
from pydantic import BaseModel

from balcao.platform.action import action
from balcao.platform.actors import Actor

from .door import ERRORS, KeyRequest, answer, scoped

T = TypeVar("T")
Act = TypeVar("Act", bound=Callable[..., Any])


@dataclass(frozen=True)
class Acts(Generic[T]):
    """The acts of one kind of thing. `find(actor, name)` raises Http404 for whom it is not there; `tell(actor, thing)`
    is what it is like after the act, and fits `told`. `of` is the name's type, or Annotated with its bounds.

    `held`: `find` locks the thing, so that finding, acting and telling are one action, and nobody reads it again.
    `plain`: `tell` gives nothing but plain values, all that `told` has and in its order, which go out as they are."""

    router: Router
    name: str
    of: Any
    find: Callable[[Actor, Any], T]
    tell: Callable[[Actor, T], Any]
    told: type[BaseModel]
    held: bool = False
    plain: bool = False

    def on(self, verb: str, *scopes: str, summary: str, status: int = 200) -> Callable[[Act], Act]:
        """`POST …/{name}/verb`. Decorates `act(actor, thing, body)`; an act that asks for nothing leaves `body` out.
        Its docstring is the description."""

        def decorate(act: Act) -> Act:
            bodies = list(signature(act).parameters.values())[2:]

            @wraps(act)  # an action goes by its name
            def done(actor: Actor, name: Any, *rest: Any) -> Any:
                thing = self.find(actor, name)
                act(actor, thing, *rest)
                return self.tell(actor, thing)

            do = action(done) if self.held else done

            def view(request: KeyRequest, **given: Any) -> Any:
                told = do(request.auth, given.pop(self.name), *given.values())
                return answer(told, status) if self.plain else Status(status, told)

            named = [Parameter("request", Parameter.POSITIONAL_OR_KEYWORD, annotation=KeyRequest)]
            named.append(Parameter(self.name, Parameter.POSITIONAL_OR_KEYWORD, annotation=self.of))
            shape(view, act, [*named, *bodies])
            answers = {status: self.told, **ERRORS}
            self.router.post(f"/{{{self.name}}}/{verb}", response=answers, summary=summary)(scoped(*scopes)(view))
            return act

        return decorate


def shape(view: Callable[..., Any], act: Callable[..., Any], parameters: list[Parameter], name: str = "") -> None:
    """Let `view` be described as `act` is, with these parameters: what Ninja reads of a view."""
    view.__name__, view.__module__ = name or act.__name__, act.__module__
    view.__doc__ = cleandoc(act.__doc__ or "")
    view.__signature__ = Signature(parameters)  # type: ignore[attr-defined]
