"""What is new in a mail, what is quoted, and what a machine added; and that no bytes at all trouble the reader."""

from __future__ import annotations

from email.message import EmailMessage

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from balcao.channels.email import reading
from balcao.channels.email.folding import fold
from balcao.channels.email.plain import LONGEST, plain
from balcao.channels.email.reading import understand

from .mails import letter, report

MAILS = {
    "gmail": (
        "Sim, ainda está lá.\n\nEm seg., 23 de nov. de 2026 às 00:40, Prefeitura de Vila Serena\n"
        "<atendimento@vila.example> escreveu:\n\n> A árvore ainda está lá?\n> Obrigado\n",
        "Sim, ainda está lá.",
    ),
    "outlook": (
        "Já foi retirada.\n\n________________________________\nDe: Prefeitura <a@vila.example>\n"
        "Enviado: segunda-feira, 23 de novembro de 2026 00:40\nPara: Maria\nAssunto: A sua demanda\n\nA árvore…\n",
        "Já foi retirada.",
    ),
    "outlook in Portugal": (
        "Obrigado,\n\nfico à espera.\n\n-----Mensagem original-----\nDe: Câmara\nEnviada: ontem\nPara: Rui\nAssunto: X",
        "Obrigado,\n\nfico à espera.",
    ),
    "iphone": (
        "Número 42.\n\nEnviado do meu iPhone\n\n> No dia 23/11/2026, à(s) 00:40, Prefeitura escreveu:\n>\n> Qual?\n",
        "Número 42.",
    ),
    "english": ("It is 42.\n\nOn Mon, 23 Nov 2026 at 00:40, City <a@b.example> wrote:\n> Which?\n", "It is 42."),
    "between the lines": ("> Onde fica?\nNa rua A.\n> Desde quando?\nDesde maio.", "Na rua A.\nDesde maio."),
    "a signature": ("Está feito.\n\n-- \nMaria da Silva\n(11) 99999-0000\n", "Está feito."),
    "a list is no signature": ("Faltam:\n- luz\n- água\nObrigada,\nMaria", "Faltam:\n- luz\n- água\nObrigada,\nMaria"),
    "words about words": (
        "Em maio o prefeito escreveu:\nvamos resolver.",
        "Em maio o prefeito escreveu:\nvamos resolver.",
    ),
    "only a quotation": ("> Onde fica?", "> Onde fica?"),
    "a long text after two dashes": ("a\n--\n" + "linha\n" * 40, ("a\n--\n" + "linha\n" * 40).strip()),
}


@pytest.mark.parametrize("name", MAILS)
def test_what_a_person_wrote_now_is_told_from_what_they_quote(name):
    text, words = MAILS[name]
    assert fold(text)[0] == words


def test_nothing_of_a_mail_is_lost_by_folding():
    for text, _words in MAILS.values():
        words, folded = fold(text)
        for line in text.splitlines():
            assert not line.strip() or line in words.splitlines() or line in folded.splitlines(), line


@given(st.text(alphabet=st.sampled_from(list("> -_\n:abDe")) | st.characters(), max_size=400))
def test_any_text_folds(text):
    words, _folded = fold(text)
    assert bool(words) == bool(text.strip())


@pytest.mark.parametrize(
    "text", ["> " * 50_000, "Em " + "escreveu " * 20_000, "-" * 100_000, "On a wrote\n" * 9000, "De: x\n" * 15_000]
)
def test_a_text_made_to_be_slow_is_read_all_the_same(text):
    """A pattern that tries again from every place would be at it until tomorrow."""
    words, folded = fold(text)
    assert len(words) + len(folded) >= len(text.strip()) * 0.9


def test_html_becomes_words_with_its_quotations_and_without_what_runs_or_hides():
    html = """<html><head><title>t</title><style>p{color:red}</style></head><body><p>Olá,&nbsp;<b>sim</b>.</p>
      <script>alert(1)</script><ul><li>um</li><li>dois</li></ul><a href="https://a.example/x">aqui</a>
      <a href="javascript:alert(1)">mal</a><img src="https://track.example/1.gif">
      <div class="gmail_quote"><div>Em 1 de maio, P escreveu:</div><blockquote>Está lá?<br>Sim?</blockquote></div>"""
    text = plain(html)
    assert text.startswith("Olá, sim.") and "- um\n- dois" in text and "aqui (https://a.example/x)" in text
    assert "alert" not in text and "color" not in text and "track" not in text
    assert fold(text)[0].splitlines()[-1].startswith("aqui")
    assert "> > Está lá?" in text


@given(st.text(max_size=300))
def test_any_html_becomes_text(html):
    assert "\0" not in plain(f"<div>{html}<blockquote><p>{html}")


def test_the_plain_words_are_taken_where_a_mail_says_them_twice_and_html_where_it_does_not():
    mail = EmailMessage()
    mail.set_content("Olá")
    mail.add_alternative("<p>Olá</p>", subtype="html")
    assert understand(mail.as_bytes()).text == "Olá"
    mail = EmailMessage()
    mail.set_content(" ")
    mail.add_alternative("<p>Só em <b>HTML</b></p>", subtype="html")
    assert understand(mail.as_bytes()).text == "Só em HTML"


def test_old_and_wrong_charsets_are_read():
    raw = b"From: Jos\xe9 <j@x.example>\r\nSubject: =?iso-8859-1?Q?Ilumina=E7=E3o?=\r\n"
    raw += b"Content-Type: text/plain; charset=klingon\r\n\r\n"
    mail = understand(raw + "Não há luz.".encode("cp1252"))
    assert (mail.subject, mail.text, mail.sender) == ("Iluminação", "Não há luz.", "j@x.example")


def test_a_name_that_holds_an_address_is_not_believed():
    mail = understand(
        b'From: "=?utf-8?B?bWFyaWFAZXhhbXBsZS5vcmcgPG1hcmlhQGV4YW1wbGUub3JnPg==?=" <evil@x.example>\r\n\r\nOi'
    )
    assert mail.sender == "evil@x.example"


@pytest.mark.parametrize("depth", [5, 3000])
def test_boxes_within_boxes_end_somewhere(depth):
    head = "".join(f'Content-Type: multipart/mixed; boundary="b{n}"\r\n\r\n--b{n}\r\n' for n in range(depth))
    mail = understand(("From: a@b.example\r\n" + head + "Content-Type: text/plain\r\n\r\nOlá").encode())
    assert mail.sender == "a@b.example"


REAL = [report("a+r1-x@b.example"), letter("a@b.example", "Olá")]
PIECES = st.sampled_from(
    [b"\r\n", b"\n\n", b"From: a@b.example", b"Subject: =?utf-8?Q?=", b"Content-Type: multipart/report; boundary=B",
     b"\n--B\n", b"--B--", b"Content-Type: message/delivery-status", b"Action: failed",
     b"Content-Transfer-Encoding: base64",
     b"Content-Type: text/html; charset=", b"<div><blockquote>", b"\0", b"\xff\xfe", b"Content-Type: message/rfc822",
     b"Content-Disposition: attachment; filename*=utf-8''%", b"Message-ID: <a@b>", b"References: <", b"To: @,<>;:"]
)  # fmt: skip


@pytest.mark.parametrize(
    "html",
    [
        "fim" + "<div>" * 100_000,
        "<div>" * 70_000 + "fim",
        "<blockquote>" * 30_000 + "fim",
        "<ul><li>" * 40_000 + "fim",
        "".join(f"<b id={n}>" for n in range(15_000)) + "<p>x</p>" * 20_000 + "fim",
        "<a href=https://a.example>x</a>" * 12_000 + "fim",
    ],
    ids=["cut", "div", "blockquote", "list", "shape", "link"],
)
def test_html_of_any_depth_comes_to_an_end_with_its_words(html):
    """Each once took minutes, or gigabytes."""
    assert "fim" in plain(html)


def test_elements_that_quote_are_told_apart_and_no_word_is_lost_at_any_depth():
    assert plain("<div>" * 400 + "<blockquote>a</blockquote>" + "</div>" * 400 + "b").splitlines()[0::2] == ["> a", "b"]
    assert plain("<div>" * 1000 + "<blockquote>a</blockquote>" + "</div>" * 1000 + "b").split() == ["a", "b"]
    assert plain("<p><b>O</b>lá <font color=red>mundo</font>") == "Olá mundo"
    quoted = '<blockquote><div class="gmail_quote">dela<div>x</div></div>dele</blockquote>minha'
    assert plain(quoted).splitlines()[0] == "> > dela" and plain(quoted).splitlines()[-1] == "minha"


def test_a_mail_of_many_parts_is_read_as_far_as_a_mail_of_one(monkeypatch):
    read: list[int] = []
    monkeypatch.setattr(reading, "plain", lambda html: read.append(len(html)) or html[:10])
    mail = EmailMessage()
    mail["From"] = "maria@example.org"
    mail.make_mixed()
    for _number in range(20):
        part = EmailMessage()
        part.set_content("<p>" + "x" * 60_000, subtype="html")
        mail.attach(part)
    assert understand(mail.as_bytes()).text and sum(read) == LONGEST


@settings(max_examples=300)
@given(st.lists(PIECES | st.binary(max_size=40), max_size=25).map(b"".join))
def test_no_bytes_trouble_the_reader(raw):
    mail = understand(raw)
    assert "\0" not in mail.text + mail.subject + mail.sender_name + mail.language
    assert len(mail.subject) <= 200 and len(mail.sender) <= 320


@settings(max_examples=100)
@given(
    st.integers(0, 1500),
    st.binary(max_size=30),
    st.sampled_from(REAL),
)
def test_a_real_mail_with_a_hole_in_it_is_read(place, hole, raw):
    assert understand(raw[:place] + hole + raw[place + len(hole) :]) is not None
