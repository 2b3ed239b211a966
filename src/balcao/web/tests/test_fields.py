import re

import pytest
from django import forms
from django.template import engines

from balcao.web.fields import view_of
from balcao.web.gallery import SampleForm


def draw(source, **overrides):
    template = engines["django"].from_string("{% load web %}{% field f %}")
    if overrides:
        template = engines["django"].from_string(
            "{% load web %}{% field f " + " ".join(f'{k}="{v}"' for k, v in overrides.items()) + " %}"
        )
    return re.sub(r"\s+", " ", template.render({"f": source}))


def test_a_label_its_help_and_its_error_belong_to_the_control():
    html = draw(
        {"name": "cpf", "label": "CPF", "help": "Only digits.", "error": "Not a CPF.", "required": True, "value": "1"}
    )
    assert '<label class="field-label" for="id_cpf">' in html
    assert 'aria-describedby="id_cpf_help id_cpf_error"' in html and 'aria-invalid="true"' in html
    assert 'id="id_cpf_help"' in html and 'id="id_cpf_error"' in html
    assert " required " in html and "field-required" in html


@pytest.mark.parametrize("nasty", ['"><script>alert(1)</script>', "' onfocus='x", "</textarea><b>"])
@pytest.mark.parametrize("kind", ["text", "textarea", "select", "radio", "checkboxes", "hidden"])
def test_what_a_person_typed_never_becomes_markup(kind, nasty):
    html = draw(
        {
            "name": "x",
            "label": nasty,
            "help": nasty,
            "error": nasty,
            "type": kind,
            "value": nasty,
            "options": [(nasty, nasty)],
        }
    )
    assert "<script" not in html and "<b>" not in html and "' onfocus" not in html.replace("&#x27;", "")


def test_a_bound_form_field_and_a_dict_draw_the_same():
    class Form(forms.Form):
        name = forms.CharField(label="Name", help_text="In full.", max_length=80)

    same = {"name": "name", "label": "Name", "help": "In full.", "required": True, "maxlength": 80, "value": "Ana"}
    assert draw(Form({"name": "Ana"})["name"]) == draw(same)


def test_a_group_of_choices_is_a_fieldset_and_keeps_what_was_chosen():
    form = SampleForm({"kind": "s", "topics": ["a"]})
    radios, boxes = draw(form["kind"]), draw(form["topics"])
    assert radios.startswith("<fieldset") or " <fieldset" in radios
    assert re.search(r'value="s" checked', radios) and not re.search(r'value="r" checked', radios)
    assert re.search(r'type="checkbox"[^>]*value="a" checked', boxes)


def test_a_select_keeps_its_groups_and_its_value():
    options = [("North", [("n1", "N1"), ("n2", "N2")]), ("s1", "S1")]
    html = draw({"name": "d", "type": "select", "options": options, "value": "n2"})
    assert '<optgroup label="North">' in html and '<option value="n2" selected>' in html


def test_a_password_is_never_sent_back():
    assert "secret" not in draw({"name": "p", "type": "password", "value": "secret"})


def test_a_counter_leaves_the_limit_to_the_words_so_that_nothing_pasted_is_cut():
    html = draw({"name": "t", "type": "textarea", "maxlength": 4000, "counter": True})
    assert 'data-counter="4000"' in html and " maxlength" not in html and 'id="id_t_count"' in html


def test_a_tags_own_words_win_and_unknown_ones_become_attributes():
    html = draw({"name": "q", "label": "Old"}, label="New", data_shortcut="/")
    assert "New" in html and "Old" not in html and 'data-shortcut="/"' in html


def test_a_zero_and_a_date_survive():
    form = SampleForm(initial={"when": __import__("datetime").date(2026, 1, 2)})
    assert view_of(form["when"]).value
    assert 'value="0"' in draw({"name": "n", "type": "number", "value": 0})
