"""HTML as text. nh3 (html5ever) makes well-formed elements of whatever came; scripts, styles and what is hidden in
attributes are gone before we read. What is quoted begins with ">", as in plain mail."""

from __future__ import annotations

import re
from collections import Counter
from html.parser import HTMLParser

import nh3

BLOCKS = {"p", "div", "br", "hr", "tr", "table", "ul", "ol", "li", "h1", "h2", "h3", "h4", "h5", "h6", "pre"}
APART = {"p", "ul", "ol", "table", "pre", "h1", "h2", "h3", "h4", "h5", "h6", "blockquote"}  # with an empty line
QUOTES = {"gmail_quote", "yahoo_quoted", "moz-cite-prefix", "protonmail_quote"}
NO_WORDS = {"script", "style", "head", "title", "template", "noscript"}
DEEPEST = 50  # quotations within quotations that are told apart
LONGEST = 400_000  # characters of HTML that are read, of a mail
NESTED = 500  # elements within elements: html5ever looks through all that are open at each tag
NAME = re.compile(r"<(/?)([a-z][^\s/>]{0,30})", re.IGNORECASE)
UNCLOSED = {"p", "li", "tr", "td", "th", "dd", "dt", "tbody", "thead"}  # often left open, and they do not nest
VOID = {"br", "hr", "img", "meta", "link", "input", "col", "area", "base", "wbr"}
SHAPES = {"b", "big", "code", "em", "font", "i", "nobr", "s", "small", "strike", "strong", "tt", "u"}


def plain(html: str) -> str:
    """The words of `html`, one line a block. Any text is allowed; none crashes it."""
    clean = nh3.clean(
        _shallow(html[:LONGEST].replace("\0", "")),
        tags=BLOCKS | {"blockquote", "a", "td", "th"},
        attributes={"a": {"href"}, "div": {"class"}},
        clean_content_tags=NO_WORDS,
        url_schemes={"http", "https", "mailto"},
        link_rel=None,
    )
    reader = _Reader()
    reader.feed(clean)
    reader.close()
    return reader.text()


def _shallow(html: str) -> str:
    """The same words in few levels: an element too deep inside others becomes one that holds nothing. So do those of
    shape, which HTML5 repeats in each paragraph after the one that left them open: a few kilobytes would be millions
    of elements."""
    counted, beyond = Counter[str](), Counter[str]()
    depth = 0

    def look(match: re.Match[str]) -> str:
        nonlocal depth
        end, name = match[1], match[2].lower()
        if name in SHAPES:
            return f"<{end}wbr"
        if name in VOID or name in UNCLOSED:
            return match[0]
        if not end and depth >= NESTED:
            beyond[name] += 1
            return "<wbr"
        if end and beyond[name]:
            beyond[name] -= 1
            return "</wbr"
        if not end or counted[name]:
            counted[name] += -1 if end else 1
            depth += -1 if end else 1
        return match[0]

    return NAME.sub(look, html)


class _Reader(HTMLParser):
    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.lines: list[tuple[int, str]] = []
        self.line: list[str] = []
        self.quoted: list[str] = []  # the open elements that may quote
        self.depth = 0  # those that do
        self.link, self.link_begins = "", 0

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = dict(attrs)
        if tag in BLOCKS or tag == "blockquote":
            self._end_line(gap=tag in APART)
        if tag == "blockquote":
            self.quoted.append("blockquote")
            self.depth += 1
        elif tag == "div":
            quotes = bool(QUOTES & set((given.get("class") or "").split()))
            self.quoted.append("quote" if quotes else "div")
            self.depth += quotes
        elif tag == "br" and not self.line:
            self._end_line(gap=True)
        elif tag == "li":
            self.line.append("- ")
        elif tag in ("td", "th"):
            self.line.append(" ")
        elif tag == "a":
            self.link = (given.get("href") or "") if str(given.get("href")).startswith("http") else ""
            self.link_begins = len(self.line)

    def handle_endtag(self, tag: str) -> None:
        if tag in BLOCKS or tag == "blockquote":
            self._end_line(gap=tag in APART)
        if tag == "a" and self.link:
            if self.link.rstrip("/") not in "".join(self.line[self.link_begins :]):
                self.line.append(f" ({self.link})")
            self.link = ""
        if tag in ("blockquote", "div"):
            while self.quoted:
                last = self.quoted.pop()
                self.depth -= last != "div"
                if last == tag or (tag == "div" and last == "quote"):
                    break

    def handle_data(self, data: str) -> None:
        self.line.append(data)

    def text(self) -> str:
        self._end_line()
        written = "\n".join(("> " * depth + line).rstrip() for depth, line in self.lines)
        return re.sub(r"\n{3,}", "\n\n", written).strip()

    def _end_line(self, gap: bool = False) -> None:
        said = " ".join("".join(self.line).split())
        depth = min(DEEPEST, self.depth)
        self.line, self.link_begins = [], 0
        if said:
            self.lines.append((depth, said))
        if gap and self.lines and self.lines[-1][1]:
            self.lines.append((depth, ""))
