"""A plain letter: what is told, every question with its number and its choices, and how to answer them all at once."""

from __future__ import annotations

from collections.abc import Sequence

from .. import phrases
from ..display import display
from ..messages import explain, gettext_noop
from ..prompts import Ask, Finished, Prompt, Refused, Review, WhichOne
from ..questions import QuestionType
from .bodies import Translate, body, said
from .choices import answers, asides

T = QuestionType


def render_letter(prompts: Sequence[Prompt], *, language: str = "pt-br", translate: Translate = gettext_noop) -> str:
    """One text; "" where nothing is to be said."""
    asked = {one.question.code for one in prompts if isinstance(one, Ask)}
    wrong = {one.problem.code: explain(one.problem, translate) for one in prompts if isinstance(one, Refused)}
    parts: list[str] = []
    for prompt in prompts:
        match prompt:
            case Ask(question):
                parts.append(_question(prompt, wrong.get(question.code, ""), language))
            case Refused(problem) if problem.code in asked:
                pass  # it stands with its question
            case Review(lines, numbers):
                told = (
                    f"{n}. {said(line, language)[2:]}" if n else said(line, language)
                    for n, line in zip(numbers, lines, strict=True)
                )
                parts.append("\n".join((phrases.REVIEW.say(language), "", *told)))
            case WhichOne(lines):
                listed = (f"{n}. {line.question.prompt.say(language)}" for n, line in enumerate(lines, 1))
                parts.append("\n".join((phrases.WHICH_ONE.say(language), "", *listed)))
            case Finished():
                pass
            case _:
                parts.append(body(prompt, language, translate))
    return "\n\n".join(part for part in (*parts, _how(prompts, language)) if part)


def _question(prompt: Ask, wrong: str, language: str) -> str:
    question = prompt.question
    lines = [f"{prompt.number}. {question.prompt.say(language)}", wrong]
    lines += [text.say(language) for text in (question.help, question.why) if text]
    if question.example:
        lines.append(phrases.EXAMPLE.say(language).format(example=question.example.say(language)))
    if prompt.before is not None:
        lines.append(phrases.BEFORE.say(language).format(answer=display(question, prompt.before, language)))
    own = answers(question, language)
    if question.type is T.SCALE:
        lines.append(phrases.SCALE.say(language).format(min=question.points[0], max=question.points[-1]))
    else:
        lines += [f"• {one.label} ({one.help})" if one.help else f"• {one.label}" for one in own]
    if question.type is T.MULTI:
        lines.append(phrases.TYPE_LABELS.say(language))
    elif question.type is T.FILES:
        lines.append(phrases.ATTACH.say(language))
    elif question.type is T.LOCATION:
        lines.append(phrases.WRITE_PLACE.say(language))
    if aside := "; ".join(f"“{one.label.lower()}”" for one in asides(prompt, language)):
        lines.append(phrases.OR_TYPE.say(language).format(words=aside))
    return "\n".join(line for line in lines if line)


def _how(prompts: Sequence[Prompt], language: str) -> str:
    asked = [one for one in prompts if isinstance(one, Ask)]
    if len(asked) > 1:
        told = phrases.REPLY_WITH_NUMBERS.say(language).format(first=asked[0].number, second=asked[1].number)
    elif asked:
        told = phrases.REPLY.say(language)
    elif any(isinstance(one, Review) for one in prompts):
        told = phrases.REPLY_SEND.say(language)
    elif any(isinstance(one, WhichOne) for one in prompts):
        told = phrases.TYPE_A_NUMBER.say(language)
    else:
        return ""
    return f"{told}\n{phrases.REPLY_PERSON.say(language)}"
