"""What hinders somebody on a page beyond what axe-core and `faults_of` see: a foreign sentence, letters made twice as
large, a keyboard alone, movement. Each answers with its findings, in words."""

from __future__ import annotations

import re
from functools import cache
from typing import Any

from babel.messages.pofile import read_po

from tests.conftest import DEVICES, examining
from tests.house import PROJECT

TAGS = {"pt-br": "pt-BR", "pt-pt": "pt-PT", "en": "en"}
MOST_STOPS = 150  # presses of Tab; a page with more stops than that hinders by itself
# Words that hardly a sentence of English does without, and none of Portuguese has.
ENGLISH = re.compile(r"\b(the|and|of|with|your|you|this|that|is|are|was|were|for|from|has|have|been|when|where|by)\b")

# The words that people see or hear, each with its place; nothing that says itself to be in another language.
WORDS = """() => {
  const mute = 'script,style,template,code,kbd,pre,textarea,[name=icon],[data-map]';
  const found = [], foreign = n => { const e = n.closest('[lang]'); return e && e !== document.documentElement; };
  const walk = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
  for (let n = walk.nextNode(); n; n = walk.nextNode()) {
    const e = n.parentElement, text = n.data.trim().replace(/\\s+/g, ' ');
    if (text && !e.closest(mute) && !foreign(e)) found.push(text);
  }
  for (const e of document.body.querySelectorAll('[aria-label],[title],[placeholder],[alt]')) {
    if (e.closest('[data-map]') || foreign(e)) continue;
    for (const a of ['aria-label', 'title', 'placeholder', 'alt']) if (e.getAttribute(a)) found.push(e.getAttribute(a));
  }
  return [document.title, ...found];
}"""

MOVES = """() => [...document.querySelectorAll('body *')].filter(e => {
  const s = getComputedStyle(e), long = t => t.split(',').some(part => parseFloat(part) > 0.01);
  return (s.animationName !== 'none' && long(s.animationDuration)) || long(s.transitionDuration);
}).map(e => e.tagName + '.' + e.className).slice(0, 3)"""

# Where the keyboard is now: a number of its own, what it is, whether it can be seen, and how the page shows it.
STOP = """() => {
  let e = document.activeElement;
  while (e?.shadowRoot?.activeElement) e = e.shadowRoot.activeElement;
  if (!e || e === document.body) return null;
  const box = e.getBoundingClientRect(), rings = (n, part) => {
    const s = getComputedStyle(n, part); return s.outlineStyle !== 'none' || s.boxShadow !== 'none'; };
  let marked = e.matches('[data-map] *') || rings(e) || rings(e, '::before') || rings(e, '::after');
  for (let n = e.parentElement, up = 0; n && up < 4 && !marked; n = n.parentElement, up++) marked = rings(n);
  for (const n of e.querySelectorAll('*')) marked ||= rings(n);
  e.dataset.stop ||= String(window.stops = (window.stops || 0) + 1);
  const inside = box.bottom > 0 && box.top < innerHeight;
  return {number: e.dataset.stop, what: e.outerHTML.slice(0, 120), marked, inside};
}"""
UNREACHED = """() => [...document.querySelectorAll(
    'a[href], button, input:not([type=hidden]):not([type=radio]), select, textarea, summary')]
  .filter(e => e.closest('main'))
  .filter(e => e.checkVisibility({visibilityProperty: true}) && !e.disabled && !e.dataset.stop && e.tabIndex >= 0
    && !e.closest('dialog:not([open]), [data-map], [inert]')).map(e => e.outerHTML.slice(0, 90)).slice(0, 3)"""


@cache
def sentences(language: str) -> dict[str, str]:
    """English → this language, of everything we say without a blank to fill in."""
    folder = language.replace("-br", "_BR").replace("-pt", "_PT")
    path = PROJECT / "src" / "balcao" / "locale" / folder / "LC_MESSAGES" / "django.po"
    with path.open("rb") as source:
        return {m.id: m.string for m in read_po(source) if isinstance(m.id, str) and m.id and "%(" not in m.id}


def foreign_words(page: Any, language: str) -> list[str]:
    """The page says which language it is in, and speaks no other of ours. Sentences are known by their catalogue, or
    by two words that only English has; a word that two languages share is nobody's."""
    found = [] if page.evaluate("document.documentElement.lang") == TAGS[language] else ["html lang is another one"]
    said = page.evaluate(WORDS)
    if language == "en":
        own = set(sentences("pt-br"))
        others = {
            p for code in ("pt-br", "pt-pt") for p in sentences(code).values() if p not in own and p.count(" ") > 2
        }
    else:
        own = set(sentences(language).values())
        other = "pt-br" if language == "pt-pt" else "pt-pt"
        # A word or two of Brazil may be a name that the agency gave, to a role or an area; a sentence is ours.
        others = {english for english in sentences(language) if english not in own}
        others |= {p for p in sentences(other).values() if p not in own and p.count(" ") > 2}
        found += [f"English: {text!r}" for text in said if len(set(ENGLISH.findall(text.lower()))) > 1]
    return found + [f"not {language}: {text!r}" for text in said if text in others]


def crowding(page: Any) -> list[str]:
    """WCAG 1.4.4 and 1.4.10: at twice the size, by zoom or by the reader's own letters, nothing moves out of sight."""
    found, session = [], page.context.new_cdp_session(page)
    wide = "document.documentElement.scrollWidth - window.innerWidth"
    page.set_viewport_size({"width": 640, "height": 450})
    if (over := page.evaluate(wide)) > 0:
        found.append(f"at 200% zoom it scrolls {over} px sideways")
    page.set_viewport_size(DEVICES["desktop"]["viewport"])
    _letters(page, session, 32)
    if (over := page.evaluate(wide)) > 0:
        found.append(f"with letters of twice the size it scrolls {over} px sideways")
    _letters(page, session, 16)
    session.detach()
    return found


def _letters(page: Any, session: Any, size: int) -> None:
    """Set the reader's own letters, in px; the page takes them over some time after the browser said yes."""
    session.send("Page.setFontSizes", {"fontSizes": {"standard": size, "fixed": size * 13 // 16}})
    page.wait_for_function("size => getComputedStyle(document.documentElement).fontSize === `${size}px`", arg=size)


def keyboard(page: Any) -> list[str]:
    """WCAG 2.1.1, 2.1.2, 2.4.7: Tab comes to all of the page's main part and out again, and shows where it is."""
    found: list[str] = []
    with examining(page):
        # From the top, where somebody begins who reads the whole page, and not from a field that asked for the focus.
        page.evaluate("() => { const b = document.body; b.tabIndex = -1; b.focus(); b.removeAttribute('tabindex'); }")
        seen, last = set[str](), ""
        for _ in range(MOST_STOPS):
            page.keyboard.press("Tab")
            stop = page.evaluate(STOP)
            for _patience in range(20):  # a busy machine scrolls some frames later; a picture makes it draw one
                if stop is None or stop["inside"]:
                    break
                page.wait_for_timeout(50)
                page.screenshot()
                stop = page.evaluate(STOP)
            if stop is None or (stop["number"] in seen and stop["number"] != last):
                break
            if stop["number"] not in seen and not (stop["inside"] and stop["marked"]):
                found.append(f"Tab is not seen on {stop}")
            seen.add(last := stop["number"])  # a date has three stops inside: day, month and year
        else:
            found.append(f"Tab does not come out of the page in {MOST_STOPS} presses")
        found += [f"Tab does not reach {what}" for what in page.evaluate(UNREACHED)]
        page.evaluate("() => { document.activeElement.blur(); scrollTo(0, 0); }")
    return found


def movement(page: Any) -> list[str]:
    """Nothing moves for those who asked for that (`visit` opens every browser so)."""
    return [f"moves in spite of everything: {what}" for what in page.evaluate(MOVES)]
