"""Finding things by what people write: accents, plurals and misspellings of Portuguese.

PostgreSQL does the work. `INSTALL_SQL` makes, once per database:

* `balcao_unaccent(text)`: accents off; immutable, so that indexes may use it;
* `balcao_key(text)`: accents off and lower case, the one sort and comparison key (`SortKey`);
* `balcao_fold(text)`: what is stemmed. Accents off, then the endings that Portuguese stemming needs are put back, so
  that "iluminação", "iluminacoes" and "ILUMINAÇÕES" meet (the stemmer alone keeps "iluminacao" and "iluminacoes"
  apart);
* `balcao_tsvector(text)`: the text search vector, in the configuration `balcao_pt`.

A model keeps a generated column, `GeneratedField(expression=Vector(name="A", keywords="B"), db_persist=True,
output_field=SearchVectorField())`, with a GIN index. `find` serves small tables (the catalogue: every word may help,
misspellings too); `matching` serves large ones (cases: every word must be there, the last one may be unfinished).
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import TypeVar, cast

from django.contrib.postgres.search import CombinedSearchQuery, SearchConfig, SearchQuery, SearchRank, SearchVectorField
from django.db.models import (
    Case,
    Expression,
    F,
    FloatField,
    Func,
    IntegerField,
    Model,
    Q,
    QuerySet,
    TextField,
    Value,
    When,
)
from django.db.models.functions import Coalesce, Greatest
from django.db.models.lookups import Exact, GreaterThanOrEqual, Regex

from balcao.platform.text import clean_text, sort_key

# Names are qualified: pg_restore runs with an empty search_path, and an index on a function must still build.
INSTALL_SQL = r"""
CREATE EXTENSION IF NOT EXISTS unaccent SCHEMA public;
CREATE EXTENSION IF NOT EXISTS pg_trgm SCHEMA public;

CREATE OR REPLACE FUNCTION public.balcao_unaccent(text) RETURNS text
    LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE
    AS $$ SELECT public.unaccent('public.unaccent'::regdictionary, $1) $$;

CREATE OR REPLACE FUNCTION public.balcao_key(text) RETURNS text
    LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE
    AS $$ SELECT lower(public.balcao_unaccent($1)) $$;

CREATE OR REPLACE FUNCTION public.balcao_fold(text) RETURNS text
    LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE
    AS $$ SELECT regexp_replace(
                   regexp_replace(
                     regexp_replace(public.balcao_key($1), '(\w)oes\M', '\1ao', 'g'),
                     '(\w)cao\M', '\1ção', 'g'),
                   '(\w)ao\M', '\1ão', 'g') $$;

DO $$ BEGIN
    IF NOT EXISTS (SELECT 1 FROM pg_catalog.pg_ts_config WHERE cfgname = 'balcao_pt'
                   AND cfgnamespace = 'public'::regnamespace) THEN
        CREATE TEXT SEARCH CONFIGURATION public.balcao_pt (COPY = pg_catalog.portuguese);
    END IF;
END $$;

CREATE OR REPLACE FUNCTION public.balcao_tsvector(text) RETURNS tsvector
    LANGUAGE sql IMMUTABLE PARALLEL SAFE
    AS $$ SELECT to_tsvector('public.balcao_pt'::regconfig, public.balcao_fold(coalesce($1, ''))) $$;
"""

REMOVE_SQL = """
DROP FUNCTION IF EXISTS public.balcao_tsvector(text);
DROP TEXT SEARCH CONFIGURATION IF EXISTS public.balcao_pt;
DROP FUNCTION IF EXISTS public.balcao_fold(text);
DROP FUNCTION IF EXISTS public.balcao_key(text);
DROP FUNCTION IF EXISTS public.balcao_unaccent(text);
"""

M = TypeVar("M", bound=Model)

_WORD = re.compile(r"[^\W_]+")
SAYS_HOW = re.compile(r'"|(?:^|\s)-|\sor\s', re.IGNORECASE)  # what makes a search more than its words
_ONLY_WORDS = re.compile(r"[^\W_]{1,60}(?: [^\W_]{1,60}){0,15}")
_CONFIG = SearchConfig("public.balcao_pt")
#: "burako" is 0.57 from "buraco"; two unrelated words of one length are below 0.3.
FUZZY_FROM = 0.45
#: `word_similarity` looks inside words, where "rato" is 0.6 of "contrato"; as whole words these are 0.27 alike, and
#: "burako" and "buraco" 0.4.
WHOLE_FROM = 0.3
#: A shorter word is one letter away from too many others ("ratos", "tratos"): its first two letters must be right.
LONG_WORD = 6


class SortKey(Func):
    """`balcao_key(x)`: order and compare by it (`.order_by(SortKey("name"), "id")`), the same as `text.sort_key` in
    Python.
    """

    function = "public.balcao_key"
    arity = 1
    output_field = TextField()


class _Fold(Func):
    function = "public.balcao_fold"
    arity = 1
    output_field = TextField()


class _Weighted(Func):
    function = "public.balcao_tsvector"
    arity = 1
    output_field = SearchVectorField()


class _Joined(Func):
    template = "(%(expressions)s)"
    arg_joiner = " || "
    output_field = SearchVectorField()


class _WordSimilarity(Func):
    function = "public.word_similarity"
    arity = 2
    output_field = FloatField()


class _WholeWordSimilarity(_WordSimilarity):
    function = "public.strict_word_similarity"


def _near(word: str, field: str) -> Case:
    """How near `word` comes to a word of `field`: 0 when only the inside of a longer one is alike."""
    said, kept = Value(word), SortKey(Coalesce(F(field), Value("")))
    alike = Q(GreaterThanOrEqual(_WholeWordSimilarity(said, kept), WHOLE_FROM))
    if len(word) < LONG_WORD:
        alike &= Q(Regex(kept, rf"\m{word[:2]}"))
    return Case(When(alike, then=_WordSimilarity(said, kept)), default=Value(0.0), output_field=FloatField())


def Vector(**weights: str) -> Func:
    """The search vector of several text fields, each with a weight from A (most) to D: `Vector(name="A",
    description="C")`.

    Immutable: fit for a `GeneratedField`, an index or an annotation. NULL counts as empty.
    """
    parts: list[Func] = []
    for field, weight in weights.items():
        if weight not in {"A", "B", "C", "D"}:
            raise ValueError(f"the weight of {field} must be A, B, C or D")
        parts.append(_Weighted(F(field), template=f"setweight(%(function)s(%(expressions)s), '{weight}')"))
    return _Joined(*parts) if len(parts) > 1 else parts[0]


def words(text: str) -> list[str]:
    """The words of a search. Sixteen are a long sentence; more would only cost the database time."""
    return [word[:60] for word in _WORD.findall(clean_text(text, one_line=True))][:16]


def matching(text: str) -> SearchQuery | CombinedSearchQuery:
    """A query for `filter(search=matching(text))`: every word (or "a phrase", `or`, `-not`), the last one perhaps
    unfinished.
    """
    if only_words(text):
        return every_word(words(text), unfinished=True)  # whoever has the whole of the last has its beginning too
    text, said = clean_text(text, one_line=True)[:400], words(text)
    whole = SearchQuery(_Fold(Value(text)), config=_CONFIG, search_type="websearch")
    if not said or not set('"-').isdisjoint(text):
        return whole
    return whole | every_word(said, unfinished=True)


def only_words(text: str) -> bool:
    """Whether a search says no more than its words."""
    text = clean_text(text, one_line=True)[:400]
    return bool(_ONLY_WORDS.fullmatch(text)) and not SAYS_HOW.search(text)


def every_word(said: Sequence[str], *, unfinished: bool, weight: str = "") -> SearchQuery:
    """A query for what holds each of `said`, which `words` gave; the last may be `unfinished`. `weight`: only where the
    vector has this weight."""
    return asked(each_of(said, unfinished=unfinished, weight=weight))


def each_of(said: Sequence[str], *, unfinished: bool, weight: str = "") -> str:
    """The text of that query, which `asked` makes one."""
    last = f"{said[-1]}:{'*' if unfinished else ''}{weight}".removesuffix(":")
    return " & ".join([*(f"{word}:{weight}".removesuffix(":") for word in said[:-1]), last])


def nothing_asked(query: SearchQuery) -> Q:
    """Whether `query` is empty because all its words are such as "de": it would find nothing."""
    return Q(Exact(Func(query, function="numnode", output_field=IntegerField()), 0))


def find(queryset: QuerySet[M], text: str, *, vector: str, fuzzy: Sequence[str] = ()) -> QuerySet[M]:
    """What fits `text` in a small table, best first (annotated `fit`): any of its words, and near misses in the
    `fuzzy` fields.

    Reads the whole table when `fuzzy` is given: for hundreds of rows, not for cases. Nothing but punctuation finds
    nothing.
    """
    said = words(text)
    if not said:
        return queryset.none()
    every, any_word = (
        matching(" ".join(said)),
        asked(" | ".join(f"{word}:*" if len(word) > 3 else word for word in said)),
    )
    fit = SearchRank(F(vector), every) * Value(4.0) + SearchRank(F(vector), any_word)
    # Short words resemble everything.
    long_words = sorted({sort_key(word) for word in said if len(word) > 3})
    near = [_near(word, field) for field in fuzzy for word in long_words]
    if not near:
        return cast("QuerySet[M]", queryset.annotate(fit=fit).filter(**{vector: any_word}).order_by("-fit", "pk"))
    nearest = Greatest(*near) if len(near) > 1 else near[0]
    found = (
        queryset.annotate(nearest=nearest, fit=fit + nearest)
        .filter(Q(**{vector: any_word}) | Q(nearest__gte=FUZZY_FROM))
        .order_by("-fit", "pk")
    )
    return cast("QuerySet[M]", found)


def asked(text: str | Expression) -> SearchQuery:
    """The query that `each_of` wrote; or where it goes, for a standing question."""
    kept = Value(text) if isinstance(text, str) else text
    return SearchQuery(_Fold(kept), config=_CONFIG, search_type="raw")
