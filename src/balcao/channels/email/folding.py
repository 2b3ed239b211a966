"""What somebody wrote now, apart from what they quote and how they sign.

Line by line, in one pass, so that no mail is slow to read. (`mail-parser-reply` and its peers know no Portuguese, cut
away what follows "Obrigado," and take minutes for some texts.) In doubt words stay: to show a quotation twice is a
nuisance, to lose what a person wrote is not."""

from __future__ import annotations

import re

LINE = 400  # characters of a line that are looked at
WROTE = re.compile(r"\s*(em|no dia|a|às|on|el|le|am)\b.*\b(escreveu|wrote|escribió|a écrit|schrieb)\b.{0,80}:\s*", re.I)
BEGINS = re.compile(r"\s*(em|no dia|on|el|le|am)\b.{3,}", re.I)
SEPARATOR = re.compile(
    r"\s*(-{3,}|_{10,})\s*"
    r"(mensagem original|original message|mensagem reencaminhada|mensagem encaminhada|mensaje original)?"
    r"\s*(-{3,}|_{10,})?\s*",
    re.I,
)
HEADER = re.compile(
    r"\s*\*?(de|from|enviad[oa]( em)?|sent|data|date|para|to|cc|assunto|subject|responder para|reply-to)\s*:\*?\s.*",
    re.I,
)
SENT_FROM = re.compile(
    r"\s*(enviad[oa] (do|da|de|a partir d[oa]) (meu|minha|o |a |outlook|samsung|yahoo|iphone|e-?mail|correio)"
    r"|sent from (my|outlook|mail|yahoo)|obter o outlook|get outlook|baixe o outlook)\b.*",
    re.I,
)
SIGNATURE = 20  # lines of a signature at most: what is longer after "--" is no signature


def fold(text: str) -> tuple[str, str]:
    """(the new words, what was folded away). All of the text when nothing would be left of it."""
    lines = text.replace("\r\n", "\n").replace("\r", "\n").split("\n")
    end = _end(lines)
    kept: list[str] = []
    folded: list[str] = []
    place = 0
    while place < end:
        line = lines[place]
        if line.lstrip().startswith(">"):
            folded.append(line)
        elif (long := _introduces(lines, place, end)) > 0:
            folded += lines[place : place + long]
            place += long - 1
        else:
            kept.append(line)
        place += 1
    folded += lines[end:]
    words = re.sub(r"\n{3,}", "\n\n", "\n".join(kept)).strip()
    return (words, "\n".join(folded).strip()) if words else (text.strip(), "")


def _end(lines: list[str]) -> int:
    """Where the words end: a block of another mail's headers, or a signature, begins there."""
    for place, line in enumerate(lines):
        short = line[:LINE]
        if _headers(lines, place) >= 3:
            before = place - 1
            while before >= 0 and not lines[before].strip():
                before -= 1
            return before if before >= 0 and SEPARATOR.fullmatch(lines[before][:LINE]) else place
        if SENT_FROM.fullmatch(short) and _over(lines, place):
            return place
        if line.rstrip() == "--" and _over(lines, place):
            return place
    return len(lines)


def _headers(lines: list[str], place: int) -> int:
    """How many lines from `place` on are headers of a quoted mail; they begin with who wrote it."""
    if not re.match(r"\s*\*?(de|from)\s*:", lines[place][:LINE], re.I):
        return 0
    long = 0
    for line in lines[place : place + 8]:
        if not HEADER.fullmatch(line[:LINE]):
            break
        long += 1
    return long


def _over(lines: list[str], place: int) -> bool:
    """Whether only a few lines follow that are nobody's words: a signature, then quotations to the end."""
    rest = [line for line in lines[place + 1 : place + 1 + 3 * SIGNATURE] if line.strip()]
    for own, line in enumerate(rest):
        if line.lstrip().startswith(">") or WROTE.fullmatch(line[:LINE]) or HEADER.fullmatch(line[:LINE]):
            return True
        if own >= SIGNATURE:
            return False
    return True


def _introduces(lines: list[str], place: int, end: int) -> int:
    """How many lines from `place` on say who wrote what is quoted after them: one, or two; 0 when they do not."""
    for long in (1, 2):
        said = " ".join(line.strip() for line in lines[place : place + long])[:LINE]
        if long == 2 and not BEGINS.fullmatch(lines[place][:LINE]):
            return 0
        if not WROTE.fullmatch(said):
            continue
        following = place + long
        while following < end and not lines[following].strip():
            following += 1
        if following >= end or lines[following].lstrip().startswith(">"):
            return long
    return 0
