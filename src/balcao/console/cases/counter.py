"""What an attendant has written down while somebody talks: one page of the service's own interview."""

from __future__ import annotations

import secrets
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from django.core import signing
from django.http import HttpRequest, QueryDict
from django.utils.crypto import salted_hmac
from django.utils.translation import get_language
from django.utils.translation import gettext as _

from balcao.cases.before import open_before
from balcao.cases.models import Case
from balcao.catalog.models import Kind, Service, ServiceVersion
from balcao.catalog.queries import published_services
from balcao.catalog.scripts import MAX_FILES
from balcao.dialogue import Interview, Lack, QuestionType, parse_form
from balcao.inbox import intake
from balcao.inbox.conversations.models import Conversation
from balcao.inbox.uploads import keep
from balcao.organization.models import Agency
from balcao.organization.places import districts
from balcao.platform.access_codes import new_code
from balcao.platform.actors import Actor
from balcao.platform.models import StoredFile
from balcao.web.asking import Shown, errors_of, show_all, summary

SALT = "console.new-case"
MAX_AGE = 24 * 3600  # seconds: how long the page that shows the code can be had again
#: What the attendant tells the person, instead of a box that they tick for them.
TOLD = frozenset({"consent"})


@dataclass(frozen=True)
class Token:
    """What makes a form the same one when it is sent twice: the key of its case, and its access code."""

    key: str
    code: str

    @classmethod
    def fresh(cls) -> Token:
        return cls(secrets.token_hex(16), new_code())

    @classmethod
    def read(cls, text: str) -> Token | None:
        """None when it is not ours, or older than a day."""
        try:
            key, code = signing.loads(text, salt=SALT, max_age=MAX_AGE)
        except (signing.BadSignature, ValueError):
            return None
        return cls(key, code)

    @property
    def external_id(self) -> str:
        return f"console:{self.key}"

    def __str__(self) -> str:
        return signing.dumps([self.key, self.code], salt=SALT)


@dataclass
class Counter:
    """The form over one service: its answers so far, the files kept, and what is wrong."""

    actor: Actor
    agency: Agency
    version: ServiceVersion
    token: Token
    posted: QueryDict
    interview: Interview
    files: dict[str, list[StoredFile]] = field(default_factory=dict)
    errors: dict[str, str] = field(default_factory=dict)
    bound: bool = False
    talk: Conversation | None = None  # the one that it is opened from

    @classmethod
    def begin(
        cls,
        actor: Actor,
        agency: Agency,
        version: ServiceVersion,
        token: Token,
        posted: QueryDict,
        talk: Conversation | None = None,
    ) -> Counter:
        version.service.agency = agency
        interview = Interview.start(
            intake.script(version, talk=talk is not None),
            now=intake.local_now(agency),
            validators=intake.validators(agency),
            language=get_language() or agency.locale,
        )
        return cls(actor, agency, version, token, posted, interview, talk=talk)

    @property
    def service(self) -> Service:
        return self.version.service

    def read(self, request: HttpRequest) -> None:
        """Take what was posted: every good answer and file is kept, every other one has its sentence in `errors`."""
        if number(self.posted, "version") != self.version.pk:
            self.fill_in()
        problems, given = {}, {}
        for question in self.interview.script.questions():
            if question.type is QuestionType.FILES:
                given[question.code], problem = self._take_files(request, question.code)
                if problem:
                    problems[question.code] = problem
        self.read_answers(given)
        self.errors |= problems

    def fill_in(self) -> None:
        """These questions were not on the page that was sent: what is usual is marked, as on a fresh one."""
        self.posted = self.posted.copy()
        for question in self.interview.script.questions():
            if question.default is not None and question.code not in self.posted:
                self.posted[question.code] = str(question.default)

    def read_answers(self, files: Mapping[str, list[str] | None] | None = None) -> None:
        """Take the words alone; `files`: the ids of each question's files."""
        self.bound = True
        questions = self.interview.script.questions()
        raws: dict[str, Any] = parse_form(questions, {k: list(v) for k, v in self.posted.lists()})
        raws |= {code: ids for code, ids in (files or {}).items() if not isinstance(raws.get(code), Lack)}
        raws |= dict.fromkeys(TOLD & raws.keys(), True)
        if raws.get("answer_by") == "email" and not raws.get("who_email"):
            raws["answer_by"] = "page"  # the form says so beside the field
            self.posted = self.posted.copy()
            self.posted["answer_by"] = "page"
        self.interview, wrong = self.interview.give_page(raws, now=intake.local_now(self.agency))
        self.errors = errors_of(wrong)

    def _take_files(self, request: HttpRequest, question: str) -> tuple[list[str] | None, str]:
        """The ids of a question's files: those kept before, without the one taken away, and the good new ones."""
        wanted = [uuid for uuid in self._kept(question) if uuid != self.posted.get("remove")]
        held = list(StoredFile.objects.filter(agency_id=self.agency.pk, uuid__in=wanted).order_by("pk"))
        stored, problem = keep(request.FILES.getlist(question), actor=self.actor, room=MAX_FILES - len(held))
        self.files[question] = held + stored
        return [str(one.uuid) for one in self.files[question]] or None, problem

    def _kept(self, question: str) -> list[str]:
        """The files that this very form has brought before: nobody can name somebody else's."""
        try:
            return list(signing.loads(self.posted.get(f"kept.{question}", ""), salt=f"{SALT}.{self.token.key}"))
        except signing.BadSignature:
            return []

    @property
    def kept(self) -> list[tuple[str, str]]:
        """(field, value) of the hidden fields that remember the files."""
        salt = f"{SALT}.{self.token.key}"
        return [
            (f"kept.{question}", signing.dumps([str(one.uuid) for one in files], salt=salt))
            for question, files in self.files.items()
            if files
        ]

    def steps(self) -> list[tuple[str, str, list[Shown]]]:
        """(slug, title, questions) of each part of the page."""
        asks_where = any(q.type is QuestionType.LOCATION for q in self.interview.script.questions())
        places = [(d.slug, d.name) for d in districts(self.agency.pk)] if asks_where else []
        steps = show_all(
            self.interview,
            posted=self.posted if self.bound else None,
            errors=self.errors,
            districts=places,
            leave_out=TOLD,
        )
        for one in (one for _slug, _title, shown in steps for one in shown if one.code == "who_email"):
            help = _("Leave it empty when they have none: they then look the answer up with their two numbers.")
            one.field |= {"required": False, "help": help}
        for one in (one for _slug, _title, shown in steps for one in shown if one.field):
            one.field["autocomplete"] = "off"  # the browser knows the attendant, not whoever calls
        return steps

    def told(self) -> list[tuple[str, str]]:
        """What the attendant says to the person before sending: (sentence, its explanation)."""
        language = self.interview.language
        said = [q for q in self.interview.script.questions() if q.code in TOLD]
        return [(q.prompt.say(language), q.help.say(language)) for q in said]

    def problems(self, steps: list[tuple[str, str, list[Shown]]]) -> list[dict[str, str]]:
        """For the summary above the form."""
        return [line for _slug, _title, shown in steps for line in summary(shown)]

    def place_key(self) -> str:
        """What the neighbours depend on; a form that carries it has shown them."""
        place = self.interview.values.get("location")
        who = self.interview.values.get("who_document", "")
        return salted_hmac(f"{SALT}.near.{self.token.key}", repr((self.service.pk, place, who))).hexdigest()[:32]

    def before(self) -> list[Case]:
        """Open cases that this one may repeat, for whoever may join them."""
        if not self.actor.can("case.triage") or self._kind() == Kind.DENUNCIA:
            return []
        place: Any = self.interview.values.get("location")
        place = place if isinstance(place, dict) else {}
        return open_before(
            self.actor,
            self.service,
            pin=(place["lat"], place["lon"]) if "lat" in place else None,
            address=", ".join(str(place[part]) for part in ("address", "number") if place.get(part)),
            document=str(self.interview.values.get("who_document", "")),
        )

    def _kind(self) -> str:
        return str(self.interview.values.get("kind") or self.service.kinds[0])


def version_for(agency: Agency, data: QueryDict) -> ServiceVersion | None:
    """The questions that the form was drawn with, or the current ones of the service that was chosen."""
    service = published_services(agency.pk).filter(pk=number(data, "service")).select_related("current").first()
    if service is None:
        return None
    pinned = ServiceVersion.objects.filter(pk=number(data, "version"), service=service).first()
    version = pinned or service.current
    assert version is not None  # published_services leaves out what has no questions
    version.service = service
    return version


def number(data: QueryDict, name: str) -> int:
    """An id out of a form; 0 when there is none."""
    text = data.get(name, "")
    return int(text) if text.isascii() and text.isdigit() and len(text) < 19 else 0


def taken_now(actor: Actor, token: Token) -> Case | None:
    """The case that this form has opened."""
    found = Case.objects.visible_to(actor).filter(external_id=token.external_id, channel__in=intake.BY_HAND)
    return found.select_related("agency", "service", "deadline", "reporter", "contact", "primary", "area").first()
