import re
from datetime import UTC, datetime, timedelta

import pytest
from django.template import TemplateSyntaxError, engines
from django.utils import translation
from django.utils.safestring import SafeString
from django.utils.translation import gettext_lazy

from balcao.web import errors
from balcao.web.components import STATES, TONE_ICONS, deadline
from balcao.web.gallery import components, console, error
from balcao.web.icons import icon_set

from .conftest import FRONTEND, WEB

NOW = datetime(2026, 3, 10, 15, 0, tzinfo=UTC)
CODES = (400, 403, 404, 413, 429, 500, 503)


@pytest.fixture
def asked(rf):
    """A request as it reaches a page, of an installation that has no agency yet."""
    request = rf.get("/")
    request.agency = None
    return request


def draw(source, **context):
    return re.sub(r"\s+", " ", engines["django"].from_string("{% load web i18n %}" + source).render(context))


@pytest.mark.parametrize(
    ("due", "options", "state", "words"),
    [
        (NOW + timedelta(days=20), {}, "ok", "due in 20 days"),
        (NOW + timedelta(days=2), {}, "soon", "due in 2 days"),
        (NOW - timedelta(minutes=1), {}, "overdue", "overdue"),
        (NOW - timedelta(days=4), {}, "overdue", "4 days late"),
        (NOW - timedelta(days=4), {"paused": True}, "paused", "clock paused"),
        (NOW, {"done_at": NOW - timedelta(days=1)}, "met", "done on time"),
        (NOW, {"done_at": NOW + timedelta(days=1)}, "late", "done late"),
        (NOW.date(), {}, "soon", "due today"),
        (None, {}, "none", "no date"),
    ],
)
def test_a_deadline_says_its_state_in_words(due, options, state, words):
    chip = deadline(due, now=NOW, **options)
    assert (chip["state"], chip["words"]) == (state, words)
    assert chip["icon"] in icon_set()


def test_a_button_is_a_link_when_it_leads_somewhere():
    assert draw('{% button "Go" href="/x" hx_get="/y" %}').startswith(
        '<a class="btn btn-primary" href="/x" hx-get="/y">'
    )
    html = draw('{% button "Del" variant="danger" confirm="Sure?" disabled=False name="n" %}')
    assert 'data-confirm="Sure?"' in html and "disabled" not in html and 'name="n"' in html


def test_a_table_names_each_cell_for_the_phone():
    html = draw(
        "{% table columns rows row_href='url' %}",
        columns=[("a", "A"), {"key": "b", "label": "B", "numeric": True}],
        rows=[{"a": "x", "b": 0, "url": "/1"}],
    )
    assert '<th scope="row" data-label="A"><a href="/1">x</a></th>' in html
    assert '<td data-label="B" class="numeric">0</td>' in html


def test_the_error_summary_leads_to_each_field_once():
    html = draw(
        "{% error_summary errors=e %}", e=[{"name": "cpf", "label": "CPF", "message": "Wrong."}, {"message": "Late."}]
    )
    assert '<a href="#id_cpf">CPF: Wrong.</a>' in html and "<li>Late.</li>" in html and "2 things" in html
    assert draw("{% error_summary %}").strip() == ""


@pytest.mark.parametrize("code", CODES)
def test_an_error_page_says_what_happened_and_what_to_do(rf, code):
    response = error(rf.get("/"), code)
    html = response.content.decode()
    assert response.status_code == code
    lead = re.search(r'class="lead">(.*?)</p>', html, re.S).group(1)
    assert len(lead) > 60 and "btn" in html


def test_the_pages_for_our_own_faults_need_neither_request_nor_database(asked):
    assert b"<h1>" in errors.server_error(asked).content
    assert errors.unavailable(asked)["Retry-After"]


def test_a_stale_form_is_explained(asked):
    response = errors.stale_form(asked, reason="CSRF")
    assert response.status_code == 403 and "session ended" in response.content.decode()


def test_the_gallery_renders_in_both_frames(rf):
    for page in (components, console):
        html = page(rf.get("/?theme=govbr&scheme=dark&contrast=more")).content.decode()
        assert '<html lang="' in html and 'data-theme="govbr" data-scheme="dark" data-contrast="more"' in html
        assert html.count("<main") == 1 and html.count("<h1") == 1


def test_no_template_of_the_house_holds_inline_style_or_script():
    script = r"<script(?![^>]*(?:\bsrc=|type=\"application/json\"))"  # a block of data is no script
    inline = re.compile(script + r"|<style|\sstyle=|\son[a-z]+=\"|javascript:", re.I)
    found = [
        f"{path.relative_to(WEB.parent)}: {hit.group()}"
        for path in WEB.parent.rglob("templates/**/*.html")
        for hit in inline.finditer(path.read_text())
    ]
    # what a mail client shows has no policy of ours and no sheet of ours
    assert [line for line in found if "/mail/" not in line and "/email/" not in line] == []


def test_every_icon_that_a_page_names_exists():
    named = re.compile(r"""(?:\{%\s*icon\s+|\bicon(?:_after)?=)"([a-z-]+)\"""")
    used = {m.group(1) for path in WEB.parent.rglob("templates/**/*.html") for m in named.finditer(path.read_text())}
    assert used - set(icon_set()) == set()


def test_every_state_has_an_icon_of_ours_and_a_tone():
    assert {icon for _, icon in STATES.values()} <= set(icon_set())
    assert {tone for tone, _ in STATES.values()} <= set(TONE_ICONS)
    assert 'class="badge tone-neutral"' in draw('{% state_badge "never_seen" %}') and "never seen" in draw(
        '{% state_badge "never_seen" %}'
    )


def test_the_lock_names_no_host():
    assert "resolved" not in (FRONTEND / "package-lock.json").read_text()


def test_what_is_steady_is_drawn_once_a_language_and_holds_only_what_is_named():
    page = engines["django"].from_string(
        "{% load web i18n %}{% steady n=count %}{{ note }}{% translate 'Search' %} {{ n }}{{ mark }}{% endsteady %}"
    )

    def asked(count, language="en"):
        with translation.override(language):
            return page.render({"count": count, "mark": "somebody's", "note": "secret", "n": 7})

    assert asked(1) == asked(1) == "Search 1"
    assert asked("<b>") == "Search &lt;b&gt;"
    assert asked(SafeString("<b>")) == "Search <b>"
    assert asked(True) == "Search True"
    assert asked(1, "pt-br") != asked(1)
    assert asked(gettext_lazy("Search")) == "Search Search"


def test_a_page_that_others_fill_cannot_be_steady():
    with pytest.raises(TemplateSyntaxError):
        engines["django"].from_string("{% load web %}{% steady %}{% block title %}{% endblock %}{% endsteady %}")
