"""A mapping that cannot be meant is one sentence, with its line and its key."""

import pytest

from balcao.config.bringing.mapping import fold, read_mapping
from balcao.config.bringing.reading import Rows
from balcao.platform.trouble import Trouble

GOOD = """\
source: old
columns:
  opened: Opened
  service: What
"""


def read(tmp_path, text):
    path = tmp_path / "map.yaml"
    path.write_text(text, encoding="utf-8")
    return read_mapping(path)


def test_what_is_not_said_has_a_usual_meaning(tmp_path):
    mapping = read(tmp_path, GOOD)
    assert (mapping.encoding, mapping.delimiter, mapping.formats, mapping.zone) == ("utf-8-sig", ",", ("iso",), None)
    assert mapping.unknown == {"service": "refuse", "area": "refuse", "district": "leave_out", "point": "refuse"}
    assert mapping.columns == {"opened": ("Opened",), "service": ("What",)}


def test_words_are_compared_as_people_compare_them():
    assert fold("  CONCLUÍDA  com\têxito ") == fold("concluida com exito")


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        ("- a\n- b\n", "map.yaml: expects keys and values"),
        ("source: [old\n", "map.yaml:2: this is not YAML"),
        (GOOD.replace("source: old\n", ""), "“source” is missing"),
        (GOOD.replace("source: old", "source: Old System"), "map.yaml:1: “source” expects up to 20 small letters"),
        (GOOD + "colunms: {}\n", "map.yaml:5: “colunms” is no key that is known here; known are source, file, columns"),
        (GOOD + "  adress: Street\n", "map.yaml:5: “columns.adress” is no key that is known here"),
        (GOOD.replace("  opened: Opened\n", ""), "“columns.opened” is missing: which column tells when"),
        (GOOD.replace("  service: What\n", ""), "“columns.service” is missing"),
        (GOOD + "  lat: Y\n", "“columns.lat” and “columns.lon” go together"),
        (GOOD + "  status: [A, B]\n", "map.yaml:5: “columns.status” expects one column"),
        (GOOD + "  name: yes\n  area: true\n", "“columns.area” expects a text"),
        (GOOD + "columns2: 1\n", "“columns2” is no key"),
        (GOOD + "file: {encoding: latin-99}\n", "“file.encoding” expects an encoding such as utf-8"),
        (GOOD + "file:\n  delimiter: ';;'\n", "map.yaml:6: “file.delimiter” expects one character"),
        (GOOD + "file: utf-8\n", "“file” expects keys and values below it"),
        (GOOD + "dates: {format: dd/mm/yyyy}\n", "“dates.format” expects iso, or a format with day, month and year"),
        (GOOD + "dates: {format: '%d/%m'}\n", "“dates.format” expects iso, or a format"),
        (GOOD + "dates: {timezone: Sao_Paulo}\n", "“dates.timezone” expects a time zone such as America/Sao_Paulo"),
        (
            GOOD + "values:\n  status:\n    Done: finished\n",
            "map.yaml:7: “values.status.Done” expects one of: open, solved",
        ),
        (GOOD + "values: {kind: {A: pedido}}\n", "“values.kind.A” expects one of: solicitacao"),
        (GOOD + "values: {channel: {A: By Phone}}\n", "“values.channel.A” expects a channel such as portal"),
        (GOOD + "values: {channel: phone}\n", "“values.channel” expects a table"),
        (GOOD + "defaults: {outcome: open}\n", "“defaults.outcome” expects one of: solved"),
        (GOOD + "defaults: {answer: 'Ended on {date}.'}\n", "“defaults.answer” may name these fields and no others"),
        (GOOD + "unknown: {service: create}\n", "“defaults.group” is missing: in which group"),
        (GOOD + "unknown: {district: outros}\n", "“unknown.district” expects one of: leave_out, refuse, create"),
        (GOOD + "unknown: {status: open}\n", "“unknown.status” is no key that is known here"),
    ],
)
def test_what_is_wrong_is_named(tmp_path, text, sentence):
    with pytest.raises(Trouble) as trouble:
        read(tmp_path, text)
    assert sentence in str(trouble.value) and "\n" not in str(trouble.value)


@pytest.mark.parametrize(
    ("content", "sentence"),
    [
        (b"Opened,Which\n", "no column “What” (“columns.service” in map.yaml); it has: Opened, Which."),
        (b"", "no column “Opened”"),
        ("Opened,What\n2020-01-01,Árvore\n".encode("iso-8859-1"), "cannot be read as CSV in utf-8"),
        (b'Opened,What\n2020-01-01,"' + b"x" * 2_000_000, "cannot be read as CSV in utf-8"),
    ],
)
def test_a_file_that_does_not_fit_its_mapping_is_one_sentence(tmp_path, content, sentence):
    file = tmp_path / "file.csv"
    file.write_bytes(content)
    with pytest.raises(Trouble) as trouble:
        list(Rows(file, read(tmp_path, GOOD)))
    assert sentence in str(trouble.value)
