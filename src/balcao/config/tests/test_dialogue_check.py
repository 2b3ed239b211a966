"""`balcao dialogue check`, as whoever keeps services in git runs it."""

import pytest
from click.testing import CliRunner

from balcao.config.dialogue import dialogue

SERVICE = """
slug: poda
name: Poda de árvore
group: verde
kinds: [solicitacao, elogio]
steps: 1. Você pede. 2. A equipe vai.
questions:
  - {code: size, type: boolean, prompt: É grande?, required: true}
  - {code: wires, type: boolean, prompt: Encosta em fios?, when: {eq: [size, true]}}
  - {code: thanks, type: text, prompt: A quem?, when: {eq: [kind, elogio]}}
"""
NEVER = """  - {code: never, type: text, prompt: "?", when: {all: [{eq: [size, false]}, {answered: wires}]}}
"""


@pytest.fixture
def run(tmp_path):
    def check(words: str):
        file = tmp_path / "poda.yaml"
        file.write_text(words, "utf-8")
        return CliRunner().invoke(dialogue, ["check", str(file)])

    return check


def test_a_sound_service_is_told_in_one_line(run):
    done = run(SERVICE)
    assert done.exit_code == 0
    assert done.stdout.endswith("poda.yaml: 4 questions, 4 branches, 2 to 4 questions asked\n")


def test_a_question_to_which_nobody_can_come_is_named(run):
    done = run(SERVICE + NEVER)
    assert done.exit_code == 1 and "nobody can come to “never”" in done.stderr


def test_a_script_with_steps_is_checked_too_and_ends_are_told(run):
    script = """
slug: triage
version: 2
steps:
  - slug: one
    title: One
    questions:
      - {code: here, type: boolean, prompt: Mora aqui?, required: true}
      - {code: elsewhere, type: end, prompt: Não é aqui, when: {eq: [here, false]}}
"""
    assert "may end at elsewhere" in run(script).stdout


def test_an_interview_is_walked_to_its_outcomes(run):
    interview = """
slug: triage
title: Triagem
steps:
  - slug: one
    title: One
    questions:
      - {code: here, type: boolean, prompt: Mora aqui?, required: true}
outcomes:
  - {when: {eq: [here, true]}, line: cac}
  - {when: {eq: [here, false]}, close: Até logo}
  - {line: cac}
"""
    done = run(interview)
    assert done.exit_code == 1 and "nobody can come to “outcomes[2]”" in done.stderr
    assert run(interview.replace("  - {line: cac}\n", "")).exit_code == 0


@pytest.mark.parametrize("words", ["a: [", "- 1", "slug: x", SERVICE.replace("boolean", "colour")])
def test_what_cannot_be_read_is_a_sentence(run, words):
    done = run(words)
    assert done.exit_code == 1 and "poda.yaml: " in done.stderr and "Traceback" not in done.output
