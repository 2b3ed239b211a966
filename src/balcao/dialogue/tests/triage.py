"""A public defender's triage: every kind of thing that a script can hold."""

from __future__ import annotations

from typing import Any

from balcao.dialogue import Script, load_script

from .examples import options, question

TRIAGE: dict[str, Any] = {
    "slug": "triage",
    "version": 1,
    "steps": [
        {
            "slug": "who",
            "title": "Você",
            "intro": {"pt-br": "Primeiro, quem é você.", "en": "First, who you are."},
            "questions": [
                question(
                    code="name", type="name", prompt={"pt-br": "Qual é o seu nome?", "en": "Your name?"}, required=True
                ),
                question(
                    code="cpf", type="cpf", prompt="Qual é o seu CPF?", required=True, unsure=["none"], sensitive=True
                ),
                question(code="mother", type="name", prompt="Nome da sua mãe", unsure=["unknown"], required=True),
                question(code="lives_here", type="boolean", prompt="Você mora no Espírito Santo?", required=True),
                question(
                    code="elsewhere",
                    type="end",
                    prompt="Só atendemos quem mora no Espírito Santo.",
                    next_step="Procure a Defensoria do seu estado.",
                    url="https://example.org/defensorias",
                    when={"eq": ["lives_here", False]},
                ),
                question(code="born", type="date", prompt="Quando você nasceu?", max="today", required=True),
                question(code="age", type="computed", prompt="Idade", compute={"years": "born"}),
                question(code="old", type="statement", prompt="Você tem prioridade.", when={"gt": ["age", 59]}),
            ],
        },
        {
            "slug": "money",
            "title": "Renda",
            "questions": [
                question(code="salary", type="money", prompt="Quanto a família ganha por mês?", required=True, min=0),
                question(
                    code="people", type="number", prompt="Quantas pessoas moram com você?", required=True, min=0, max=30
                ),
                question(code="house", type="computed", prompt="Pessoas na casa", compute={"sum": ["people", 1]}),
                question(
                    code="subjects",
                    type="multivaluelist",
                    prompt="Sobre o que é?",
                    required=True,
                    options=options("pensao", "guarda", "divida"),
                ),
                question(code="urgency", type="scale", prompt="De 0 a 10, qual a urgência?"),
                question(code="papers", type="files", prompt="Fotos dos documentos", max=2),
                question(code="place", type="location", prompt="Onde você mora?"),
                question(code="story", type="text", prompt="Conte o que aconteceu", required=True, meaningful=True),
            ],
        },
    ],
}


def triage(**changes: Any) -> Script:
    return load_script({**TRIAGE, **changes})
