"""Every component in every state, in the portal's and in the console's frame: for eyes, axe and screenshots.

`?theme=govbr&scheme=dark&contrast=more` shows the page in another dress. No database is needed.
"""

from __future__ import annotations

from datetime import datetime, timedelta
from types import SimpleNamespace
from typing import Any

from django import forms
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import timezone

from .components import STATES
from .icons import icon_set

THEMES = ("balcao", "govbr", "agora")


class SampleForm(forms.Form):
    name = forms.CharField(
        label="Nome",
        help_text="Como quer ser chamado.",
        max_length=80,
        widget=forms.TextInput(attrs={"autocomplete": "name"}),
    )
    email = forms.EmailField(label="E-mail", required=False)
    cpf = forms.CharField(label="CPF", widget=forms.TextInput(attrs={"inputmode": "numeric"}))
    district = forms.ChoiceField(label="Distrito", choices=[("", "Escolha…"), ("se", "Sé"), ("mooca", "Mooca")])
    kind = forms.ChoiceField(
        label="O que é?", choices=[("r", "Reclamação"), ("s", "Sugestão")], widget=forms.RadioSelect
    )
    topics = forms.MultipleChoiceField(
        label="Temas",
        required=False,
        choices=[("a", "Árvores"), ("i", "Iluminação")],
        widget=forms.CheckboxSelectMultiple,
    )
    terms = forms.BooleanField(label="Li e concordo com o aviso de privacidade")
    when = forms.DateField(label="Quando foi?", required=False, widget=forms.DateInput(attrs={"type": "date"}))


def _dress(request: HttpRequest, **context: Any) -> dict[str, Any]:
    theme = request.GET.get("theme", "balcao")
    for cookie in ("scheme", "contrast"):
        if request.GET.get(cookie):
            request.COOKIES[cookie] = request.GET[cookie]
    agency = SimpleNamespace(
        name="Prefeitura de Vila Serena", theme=theme if theme in THEMES else "balcao", phone="156"
    )
    return {"agency": agency, "web_chat": False, "themes": THEMES, **context}


def _samples(now: datetime) -> dict[str, Any]:
    form = SampleForm({"name": "", "cpf": "111.111.111-11", "district": "se", "kind": "r", "topics": ["a"]})
    form.is_valid()
    form.add_error("cpf", "Este CPF não existe. Confira os números.")
    row = {
        "protocol": "2026 0001 2345 67",
        "subject": "Árvore morta na calçada",
        "area": "Parques e Jardins",
        "days": 12,
        "href": "#",
    }
    return {
        "now": now,
        "form": form,
        "blank": SampleForm(),
        "text_dict": {
            "name": "description",
            "label": "O que aconteceu?",
            "type": "textarea",
            "required": True,
            "maxlength": 4000,
            "counter": True,
            "help": "Conte com suas palavras. Não precisa ser bonito.",
            "value": "A árvore da frente secou.",
        },
        "choice_dict": {
            "name": "answer",
            "label": "Como quer a resposta?",
            "type": "radio",
            "required": True,
            "value": "email",
            "options": [
                {"value": "email", "label": "Por e-mail", "help": "Enviamos também o número de protocolo."},
                {"value": "page", "label": "Só nesta página"},
            ],
        },
        "soon": now + timedelta(days=2),
        "later": now + timedelta(days=20),
        "past": now - timedelta(days=4),
        "entries": [
            {"title": "Recebemos a sua demanda", "when": now - timedelta(days=6), "icon": "inbox", "tone": "success"},
            {
                "title": "Encaminhada para Parques e Jardins",
                "when": now - timedelta(days=5),
                "icon": "route",
                "who": "Triagem",
                "body": "Uma equipe vai até o local olhar a árvore.",
            },
            {"title": "Visita marcada", "when": now - timedelta(hours=2), "icon": "calendar", "current": True},
        ],
        "columns": [
            ("protocol", "Protocolo"),
            ("subject", "Assunto"),
            ("area", "Área"),
            {"key": "days", "label": "Dias", "numeric": True},
        ],
        "rows": [
            row,
            {**row, "protocol": "2026 0001 2346 12", "subject": "Lâmpada apagada", "area": "Iluminação", "days": 3},
        ],
        "trail": [("Início", "/"), ("Serviços", "/services/"), ("Árvores", "")],
        "tab_items": [
            {"label": "Para triar", "href": "#", "count": 12, "current": True},
            {"label": "Com prazo hoje", "href": "#", "count": 3},
            {"label": "Todas", "href": "#"},
        ],
        "facts": [("Quem pode pedir", "Qualquer pessoa"), ("Quanto custa", "Nada"), ("Prazo", "30 dias")],
        "step_names": ["O que é", "Onde", "Quem é você", "Revisão"],
        "states": sorted(STATES),
        "files": [{"name": "arvore.jpg", "size": 482_133, "href": "#"}],
        "icon_names": sorted(icon_set()),
    }


def components(request: HttpRequest) -> HttpResponse:
    return render(request, "web/gallery/components.html", _dress(request, **_samples(timezone.now())))


def console(request: HttpRequest) -> HttpResponse:
    nav = [
        {"label": "Triagem", "href": "#", "icon": "inbox", "count": 12, "current": True, "shortcut": "g t"},
        {"label": "Ordens", "href": "#", "icon": "clipboard", "count": 4, "shortcut": "g o"},
        {"label": "Prazos", "href": "#", "icon": "clock"},
        {"label": "A resolver", "href": "#", "icon": "alert", "count": 2},
        {"label": "Serviços", "href": "#", "icon": "book", "group": "Administração", "more": True},
        {"label": "Matriz", "href": "#", "icon": "route", "more": True},
        {"label": "Equipe", "href": "#", "icon": "users", "more": True},
    ]
    return render(
        request, "web/gallery/console.html", _dress(request, console_nav=nav, alarm_count=3, **_samples(timezone.now()))
    )


def map_page(request: HttpRequest) -> HttpResponse:
    return render(request, "web/gallery/map.html", _dress(request))


def error(request: HttpRequest, code: int) -> HttpResponse:
    known = code if code in {400, 403, 404, 413, 429, 500, 503} else 404
    return render(request, f"{known}.html", _dress(request), status=known)
