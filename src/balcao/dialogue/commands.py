"""What a person may say instead of an answer: "voltar", "corrigir o CPF", "falar com uma pessoa", in our languages.

A command is a short line of known words. Whoever writes "corrigir o asfalto da rua" into a question for a text has
answered it: a correction must name a question that was answered.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from enum import StrEnum
from typing import NamedTuple

from .questions import Question, QuestionType
from .text import fold

LONGEST = 60  # characters; a longer line is an answer


class Verb(StrEnum):
    BACK = "back"
    CORRECT = "correct"
    HELP = "help"
    PERSON = "person"
    SEND = "send"
    KEEP = "keep"
    DONE = "done"


class Command(NamedTuple):
    """`target`: the words that say what is to be corrected; without those that tell nothing apart."""

    verb: Verb
    target: tuple[str, ...] = ()


_LINES: dict[str, Verb] = {
    **dict.fromkeys(
        ("voltar", "volta", "volte", "retroceder", "anterior", "pergunta anterior", "back", "go back", "previous"),
        Verb.BACK,
    ),
    **dict.fromkeys(("ajuda", "ajude", "socorro", "help", "menu"), Verb.HELP),
    **dict.fromkeys(
        (
            *("falar com uma pessoa", "falar com alguem", "falar com um atendente", "falar com atendente", "atendente"),
            *("quero falar com uma pessoa", "quero falar com alguem", "quero falar com um atendente", "uma pessoa"),
            *("falar com um humano", "falar com um funcionario", "falar com um operador", "atendimento humano"),
            *("talk to a person", "talk to someone", "speak to a person", "speak to someone", "human", "humano"),
        ),
        Verb.PERSON,
    ),
    **dict.fromkeys(
        ("enviar", "envia", "envie", "pode enviar", "confirmar", "confirmo", "send", "send it", "submit", "confirm"),
        Verb.SEND,
    ),
    **dict.fromkeys(
        ("manter", "manter como estava", "mantem", "o mesmo", "a mesma", "keep", "keep it", "the same"), Verb.KEEP
    ),
    **dict.fromkeys(
        ("pronto", "acabei", "terminei", "e so isso", "so isso", "e tudo", "done", "that is all", "that's all"),
        Verb.DONE,
    ),
}
_CORRECT = frozenset(
    ["corrigir", "corrija", "corrige", "mudar", "alterar", "editar", "trocar", "correct", "change", "edit", "fix"]
)
_FIRST = frozenset(line.split()[0] for line in _LINES) | _CORRECT | {"quero", "want", "i", "preciso"}
_LEADING = re.compile(r"(?:eu )?(?:quero|preciso|queria|gostaria de|i want to|i need to|i) ")
_EMPTY = frozenset(
    (
        *(
            "o",
            "a",
            "os",
            "as",
            "um",
            "uma",
            "meu",
            "minha",
            "meus",
            "minhas",
            "seu",
            "sua",
            "de",
            "do",
            "da",
            "dos",
            "das",
        ),
        *("no", "na", "em", "que", "e", "the", "my", "of", "your", "to", "resposta", "answer", "pergunta", "question"),
        *("numero", "number"),
    )
)
# What people call a question of a type, beside the words of its prompt.
_CALLED: dict[QuestionType, str] = {
    QuestionType.NAME: "nome name",
    QuestionType.EMAIL: "email e-mail mail correio",
    QuestionType.PHONE: "telefone celular telemovel phone whatsapp",
    QuestionType.DOCUMENT: "documento document",
    QuestionType.LOCATION: "endereco morada local lugar localizacao address location place",
    QuestionType.FILES: "fotos foto fotografias arquivos ficheiros photos files",
    QuestionType.DATE: "data date dia",
    QuestionType.DATETIME: "data date hora dia",
    QuestionType.MONEY: "valor dinheiro amount",
    QuestionType.SCALE: "nota grade",
}


def read_command(text: str) -> Command | None:
    """The command of a line, or None: then it is an answer."""
    if len(text) > LONGEST:
        return None
    if text.strip() == "?":
        return Command(Verb.HELP)
    line = fold(text)
    first = line.partition(" ")[0]
    if first not in _FIRST:
        return None
    if (verb := _LINES.get(line)) is not None:
        return Command(verb)
    first, _, rest = _LEADING.sub("", line, count=1).partition(" ")
    if first in _CORRECT:
        return Command(Verb.CORRECT, tuple(word for word in rest.split() if word not in _EMPTY))
    return None


def named(target: Iterable[str], questions: Iterable[Question]) -> list[Question]:
    """The questions that all of these words are about, of those whose prompt, code, type or check has them."""
    wanted = set(target)
    return [question for question in questions if wanted and wanted <= _words_of(question)]


def _words_of(question: Question) -> set[str]:
    said = " ".join((*question.prompt.all(), question.code.replace("_", " "), *question.validators))
    return {word.strip("?!.,:;()") for word in fold(said).split()} | set(_CALLED.get(question.type, "").split())
