"""Addresses for this room's tests: the gallery, and a form that is sent, refused or kept."""

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.template import engines
from django.urls import include, path

FORM = """{% extends "web/portal_base.html" %}{% load web %}{% block title %}Form{% endblock %}
{% block content %}<h1>Pedido</h1>{% error_summary errors=errors %}
<form method="post" action="/form/" data-draft="tree" enctype="multipart/form-data">{% csrf_token %}
{% field what %}{% field secret %}{% file_drop "photos" "Fotos" max_mb=1 %}
<p class="actions">{% button "Enviar" name="go" value="yes" %}</p></form>
<form method="post" action="/confirmed/">{% csrf_token %}
{% button "Apagar" variant="danger" confirm="Apagar mesmo?" %}</form>
<a class="btn btn-secondary" href="/sent/" data-shortcut="g s">Enviados</a>{% endblock %}"""
SENT = """{% extends "web/portal_base.html" %}{% block title %}Sent{% endblock %}
{% block content %}<h1>Recebido</h1><div data-draft-sent="tree"></div>{% endblock %}"""
posted: list[dict[str, str]] = []


def _page(request: HttpRequest, source: str, status: int = 200, **context: object) -> HttpResponse:
    context |= {"agency": {"name": "Vila Serena"}, "web_chat": False} | context
    return HttpResponse(engines["django"].from_string(source).render(context, request), status=status)


def form(request: HttpRequest) -> HttpResponse:
    text = request.POST.get("what", "")
    if request.method == "POST":
        posted.append(
            {"what": text, "go": request.POST.get("go", ""), "files": str(len(request.FILES.getlist("photos")))}
        )
        if text != "ruim":
            return redirect("/sent/")
    errors = [{"name": "what", "label": "O que", "message": "Conte mais."}] if text == "ruim" else []
    what = {"name": "what", "label": "O que", "type": "textarea", "maxlength": 30, "counter": True, "value": text}
    secret = {"name": "secret", "label": "Documento", "sensitive": True}
    what["error"] = errors[0]["message"] if errors else ""
    return _page(request, FORM, 422 if errors else 200, what=what, secret=secret, errors=errors)


def sent(request: HttpRequest) -> HttpResponse:
    return _page(request, SENT)


def confirmed(request: HttpRequest) -> HttpResponse:
    posted.append({"confirmed": "yes"})
    return redirect("/sent/")


urlpatterns = [
    path("_gallery/", include("balcao.web.urls")),
    path("i18n/", include("django.conf.urls.i18n")),
    path("form/", form),
    path("sent/", sent),
    path("confirmed/", confirmed),
]
