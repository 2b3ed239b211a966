"""What the chat and WhatsApp are given: fit for the channel, complete, and answered by what they offer."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from balcao.dialogue import (
    Ask,
    Interview,
    Prompt,
    Raw,
    Refused,
    Script,
    Tap,
    Tell,
    Text,
    Words,
    begin,
    load_script,
    step,
)
from balcao.dialogue.rendering import (
    Expects,
    WhatsAppButtons,
    WhatsAppList,
    WhatsAppLocationRequest,
    WhatsAppMessage,
    WhatsAppText,
    render_chat,
    render_whatsapp,
)
from balcao.dialogue.rendering.whatsapp import units

from .examples import NOW, VALIDATORS, one, options, question
from .triage import triage


def asking(**keys: Any) -> tuple[Prompt, ...]:
    return begin(one(**keys), now=NOW, validators=VALIDATORS).prompts


def whatsapp(**keys: Any) -> WhatsAppMessage:
    (message,) = render_whatsapp(asking(**keys))
    return message


def fits(message: WhatsAppMessage) -> bool:
    """Within the Cloud API's limits."""
    match message:
        case WhatsAppText(body):
            return 0 < units(body) <= 4096
        case WhatsAppLocationRequest(body):
            return 0 < units(body) <= 1024
        case WhatsAppButtons(body, buttons):
            titles = [b.title for b in buttons]
            return (
                0 < units(body) <= 1024
                and 1 <= len(buttons) <= 3
                and len(set(titles)) == len(titles)
                and all(0 < units(b.title) <= 20 and 0 < units(b.id) <= 256 for b in buttons)
            )
        case WhatsAppList(body, button, rows):
            titles = [row.title for row in rows]
            return (
                0 < units(body) <= 4096
                and 0 < units(button) <= 20
                and 1 <= len(rows) <= 10
                and len(set(titles)) == len(titles)
                and all(
                    0 < units(r.title) <= 24 and units(r.description) <= 72 and 0 < units(r.id) <= 200 for r in rows
                )
            )


def test_up_to_three_short_choices_are_buttons() -> None:
    message = whatsapp(type="singlevaluelist", required=True, options=options("poda", "corte", "raiz"))
    assert isinstance(message, WhatsAppButtons)
    assert [(b.id, b.title) for b in message.buttons] == [("q=poda", "Poda"), ("q=corte", "Corte"), ("q=raiz", "Raiz")]


def test_up_to_ten_are_a_list_and_a_long_label_stands_whole_in_its_description() -> None:
    listed = [{"value": str(n), "label": f"Opção {n}", "help": "Uma palavra de ajuda"} for n in "abcdefgh"]
    listed.append({"value": "long", "label": "A árvore caiu sobre os fios de eletricidade"})
    message = whatsapp(type="singlevaluelist", options=listed)
    assert isinstance(message, WhatsAppList) and len(message.rows) == 10, "nine and the way to skip"
    assert message.rows[0].description == "Uma palavra de ajuda"
    assert message.rows[8].title == "A árvore caiu sobre os…"
    assert message.rows[8].description == "A árvore caiu sobre os fios de eletricidade"


def test_more_than_ten_are_numbered_text_and_nothing_is_cut_off() -> None:
    listed = [{"value": f"v{n}", "label": f"{'muito ' * 30}comprida {n}", "help": "Ajuda " * 20} for n in range(12)]
    message = whatsapp(type="singlevaluelist", required=True, options=listed[:11])
    assert isinstance(message, WhatsAppText) and "11. muito" in message.body and message.body.count("Ajuda") == 220
    texts = render_whatsapp(asking(type="singlevaluelist", required=True, options=[*listed, *_many(40)]))
    assert len(texts) > 1 and all(isinstance(text, WhatsAppText) and fits(text) for text in texts)
    assert "52. outra 39" in texts[-1].body


def _many(count: int) -> list[dict[str, str]]:
    return [{"value": f"w{n}", "label": f"outra {n}"} for n in range(count)]


def test_each_type_has_its_shape() -> None:
    assert isinstance(whatsapp(type="boolean"), WhatsAppButtons)
    assert isinstance(whatsapp(type="consent", required=True), WhatsAppButtons)
    assert isinstance(whatsapp(type="location"), WhatsAppLocationRequest)
    assert isinstance(whatsapp(type="boolean", unsure=["unknown", "none"]), WhatsAppList)
    assert isinstance(several := whatsapp(type="multivaluelist", options=options("a", "b")), WhatsAppText)
    assert "1, 3" in several.body and "“pular”" in several.body
    assert isinstance(scale := whatsapp(type="scale", required=True), WhatsAppText) and "de 0 a 10" in scale.body
    assert isinstance(whatsapp(type="scale", required=True, min=1, max=5), WhatsAppList)
    assert whatsapp(type="text", required=True) == WhatsAppText("?")


def test_what_is_told_before_stands_in_the_same_message_while_there_is_room() -> None:
    data = {
        "slug": "s",
        "version": 1,
        "steps": [
            {
                "slug": "s",
                "title": "S",
                "questions": [
                    question(code="told", type="statement", prompt="a" * 900),
                    question(code="more", type="statement", prompt="b" * 900),
                    question(code="q", type="boolean", required=True, prompt="Sim?"),
                ],
            }
        ],
    }
    text, buttons = render_whatsapp(begin(load_script(data), now=NOW).prompts)
    assert isinstance(text, WhatsAppText) and isinstance(buttons, WhatsAppButtons) and buttons.body == "Sim?"
    data["steps"][0]["questions"].pop(0)  # type: ignore[index]
    (only,) = render_whatsapp(begin(load_script(data), now=NOW).prompts)
    assert isinstance(only, WhatsAppButtons) and only.body.endswith("\n\nSim?")


def test_the_chat_offers_a_field_fit_for_the_answer() -> None:
    expected = {
        "text": Expects.LINES,
        "string": Expects.TEXT,
        "date": Expects.DATE,
        "money": Expects.NUMBER,
        "files": Expects.FILES,
        "location": Expects.PLACE,
        "boolean": Expects.ONE,
        "scale": Expects.ONE,
    }
    for kind, field in expected.items():
        (bubble,) = render_chat(asking(type=kind))
        assert (bubble.code, bubble.expects) == ("q", field), kind
    (bubble,) = render_chat(asking(type="multivaluelist", options=options("a", "b")))
    assert bubble.expects is Expects.SEVERAL and [c.id for c in bubble.choices] == ["q=a", "q=b", "q!skip"]
    (bubble,) = render_chat(asking(type="cpf", sensitive=True))
    assert bubble.sensitive


def test_a_refusal_is_told_apart_and_translated() -> None:
    script = one(type="number", required=True)
    turn = step(script, begin(script, now=NOW).state, Words("doze"), now=NOW)
    alert, again = render_chat(turn.prompts, translate=lambda _: "Um número, por favor.")
    assert alert.alert and alert.text == "Um número, por favor." and again.code == "q"


def test_an_end_says_where_to_go() -> None:
    turn = begin(triage(), now=NOW, validators=VALIDATORS)
    for line in ("Ana", "não tenho", "não sei", "não"):
        turn = step(triage(), turn.state, Words(line), now=NOW)
    (bubble,) = render_chat(turn.prompts)
    assert bubble.link == "https://example.org/defensorias" and "Procure a Defensoria" in bubble.text
    (message,) = render_whatsapp(turn.prompts)
    assert isinstance(message, WhatsAppText) and "https://example.org/defensorias" in message.body


LABELS = st.lists(st.text(min_size=1, max_size=90).filter(str.strip), min_size=1, max_size=14)
KINDS = st.sampled_from(["singlevaluelist", "multivaluelist"])


@given(LABELS, KINDS, st.text(max_size=2500), st.booleans(), st.sampled_from(["pt-br", "pt-pt", "en"]))
def test_whatever_is_asked_fits_whatsapp_and_every_id_is_an_answer(
    labels: list[str], kind: str, told: str, required: bool, language: str
) -> None:
    listed = [{"value": f"v{n}", "label": label, "help": label * 2} for n, label in enumerate(labels)]
    try:
        script: Script = one(type=kind, required=required, options=listed, unsure=["unknown"])
    except ValueError:  # labels that nobody could tell apart are refused when the script is loaded
        return
    turn = begin(script, now=NOW, language=language)
    prompts = (Tell(Text.of(told)), *turn.prompts)
    messages = render_whatsapp(prompts, language=language)
    assert messages and all(fits(message) for message in messages)
    render_chat(prompts, language=language)
    for message in messages:
        ids = [b.id for b in message.buttons] if isinstance(message, WhatsAppButtons) else []
        ids += [row.id for row in message.rows] if isinstance(message, WhatsAppList) else []
        for id in ids:
            after = step(script, turn.state, Tap(id), now=NOW)
            assert not any(isinstance(prompt, Refused) for prompt in after.prompts), id


@pytest.mark.parametrize(
    "kind", ["\U0001f9d1‍\U0001f692" * 900, "مرحبا " * 900, "a" * 9000, "\n\n".join(["b" * 3000] * 3)]
)
def test_a_long_text_is_sent_in_parts_and_whole(kind: str) -> None:
    messages = render_whatsapp((Tell(Text.of(kind)),))
    assert all(fits(message) for message in messages)
    assert "".join("".join(message.body.split()) for message in messages) == "".join(kind.split())


def test_a_pin_and_ticked_options_are_answers() -> None:
    script = one(type="location", required=True)
    turn = step(script, begin(script, now=NOW).state, Raw({"lat": -20.3, "lon": -40.3}), now=NOW)
    interview: Interview = turn.state.interview
    assert interview.values["q"] == {"lat": -20.3, "lon": -40.3}
    script = one(type="multivaluelist", options=options("a", "b"))
    turn = step(script, begin(script, now=NOW).state, Raw(["b", "a"]), now=NOW)
    assert turn.state.interview.values["q"] == ["a", "b"] and not isinstance(turn.prompts[-1], Ask)


@pytest.mark.parametrize(
    ("prompt", "line"),
    [("Tell us what happened", "• Tell us what happened: x"), ("What happened?", "• What happened? x")],
)
def test_in_the_review_an_answer_does_not_read_on_from_its_question(prompt: str, line: str) -> None:
    script = one(type="string", prompt=prompt)
    (shown,) = render_chat(step(script, begin(script, now=NOW).state, Words("x"), now=NOW).prompts)
    assert line in shown.text.splitlines()
