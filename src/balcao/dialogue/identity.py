"""`type: identity` in a script: shorthand for the questions "who are you", written out when the script is loaded.

    {"code": "who", "type": "identity", "anonymous": true, "documents": ["cpf"],
     "ask": ["name", "document", "email", "phone"], "required": ["name"]}

becomes `who` (anonymous | identified; only where anonymity is allowed) and `who_name`, `who_document`, `who_email`,
`who_phone`, asked of those who identify themselves. A dumped script shows them written out.
"""

from __future__ import annotations

from typing import Any

from .errors import ScriptError

PARTS = ("name", "document", "email", "phone")
KEYS = frozenset({"code", "type", "prompt", "help", "why", "when", "anonymous", "documents", "ask", "required"})

_PROMPT = {
    "pt-br": "Você quer se identificar?",
    "pt-pt": "Quer identificar-se?",
    "en": "Would you like to say who you are?",
}
_CHOICES = [
    {
        "value": "identified",
        "label": {"pt-br": "Sim, quero me identificar", "pt-pt": "Sim, quero identificar-me", "en": "Yes, I will"},
    },
    {
        "value": "anonymous",
        "label": {"pt-br": "Não, quero ficar anônimo", "pt-pt": "Não, quero ficar anónimo", "en": "No, stay anonymous"},
    },
]
_PARTS: dict[str, dict[str, Any]] = {
    "name": {
        "type": "string",
        "prompt": {"pt-br": "Seu nome completo", "pt-pt": "O seu nome completo", "en": "Your full name"},
        "min_length": 2,
        "max_length": 200,
        "meaningful": True,
    },
    "document": {
        "type": "document",
        "prompt": {
            "pt-br": "Número do seu documento",
            "pt-pt": "Número do seu documento",
            "en": "Your document number",
        },
    },
    "email": {"type": "email", "prompt": {"pt-br": "Seu e-mail", "pt-pt": "O seu e-mail", "en": "Your e-mail"}},
    "phone": {
        "type": "phone",
        "prompt": {"pt-br": "Seu telefone com DDD", "pt-pt": "O seu telefone", "en": "Your phone number"},
    },
}


def expand_identity(data: dict[str, Any], path: str) -> list[dict[str, Any]]:
    """The plain question data that the shorthand stands for, or ScriptError."""
    if unknown := sorted(map(str, data.keys() - KEYS)):
        raise ScriptError(f"{path}.{unknown[0]}", f"unknown key of an identity; known are {', '.join(sorted(KEYS))}")
    code, anonymous = data.get("code"), data.get("anonymous", False)
    if not isinstance(code, str):
        raise ScriptError(f"{path}.code", "expects a text")
    if not isinstance(anonymous, bool):
        raise ScriptError(f"{path}.anonymous", "expects true or false")
    documents = _names(data, "documents", ["cpf"], path, None)
    ask = _names(data, "ask", list(PARTS), path, PARTS)
    required = _names(data, "required", ["name"], path, PARTS)
    questions: list[dict[str, Any]] = []
    conditions = [data["when"]] if "when" in data else []
    if anonymous:
        choice = {"code": code, "type": "singlevaluelist", "prompt": _PROMPT, "required": True, "options": _CHOICES}
        choice |= {key: data[key] for key in ("prompt", "help", "why", "when") if key in data}
        questions.append(choice)
        conditions = [{"eq": [code, "identified"]}]
    for part in (part for part in PARTS if part in ask):
        question = {"code": f"{code}_{part}", **_PARTS[part], "required": part in required, "sensitive": True}
        if part == "document":
            question["validators"] = documents
        if conditions:
            question["when"] = conditions[0]
        questions.append(question)
    if not anonymous and questions:
        questions[0] |= {key: data[key] for key in ("help", "why") if key in data}
    return questions


def _names(data: dict[str, Any], key: str, default: list[str], path: str, known: tuple[str, ...] | None) -> list[str]:
    names = data.get(key, default)
    if not isinstance(names, list) or not all(isinstance(name, str) for name in names):
        raise ScriptError(f"{path}.{key}", "expects a list of names")
    for i, name in enumerate(names):
        if known is not None and name not in known:
            raise ScriptError(f"{path}.{key}[{i}]", f"expects one of {', '.join(known)}")
    return names
