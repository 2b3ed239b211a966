"""Excel workbooks: taken when they only hold what they show, and without who wrote them. `table.xlsx` comes from
openpyxl."""

import io

import pytest
from lxml import etree

from balcao.platform.files.inspection import inspect
from balcao.platform.files.refused import FileRefused

from . import hostile
from .test_nameless import LETTERS, accepted_bytes, parts


def test_a_table_keeps_its_figures_and_forgets_who_made_it_and_who_commented():
    given = (LETTERS / "table.xlsx").read_bytes()
    before = parts(given)
    assert sum(b"Joana Prado" in content for content in before.values()) >= 2
    accepted = inspect(io.BytesIO(given), "podas.xls")
    after = parts(accepted_bytes(accepted))
    assert (accepted.kind, accepted.name) == ("document", "podas.xlsx")
    assert list(after) == list(before)
    assert not [name for name, content in after.items() if b"Joana" in content]
    kept = ["xl/worksheets/sheet1.xml", "xl/tables/table1.xml", "xl/styles.xml"]
    assert all(before[name] == after[name] for name in kept), "not a byte of the table"
    (comments,) = (content for name, content in after.items() if "comment" in name and name.endswith(".xml"))
    assert "Confira a data." in comments.decode() and b"Author:" in comments
    for name, content in after.items():
        if name.endswith((".xml", ".rels")):
            etree.fromstring(content)
    again = inspect(io.BytesIO(accepted_bytes(accepted)), "podas.xlsx")
    assert again.sha256 == accepted.sha256


@pytest.mark.parametrize("name, content, kept", [
    ("xl/persons/person.xml", b'<l><person displayName="Joana" id="{1}" userId="joana@x"/></l>', b"{1}"),
    ("xl/workbook.xml", b'<w><fileSharing userName="Joana"/><sheet name="Podas"/></w>', b'name="Podas"'),
    ("xl/workbook.xml", b'<w><a:absPath xmlns:a="u" url="C:\\Users\\Joana\\"/></w>', b'xmlns:a="u"'),
    ("xl/revisions/userNames.xml", b'<users><userInfo guid="{1}" name="Joana" id="-1"/></users>', b"{1}"),
    ("xl/comments1.xml", b"<c><authors><author>Joana</author></authors><t>Joana:</t><t> Joanete</t></c>", b"Joanete"),
    ("xl/printerSettings/printerSettings1.bin", b"J\0o\0a\0n\0a\0Joana", b""),
    ("docProps/app.xml", b"<Properties><Company>Joana</Company></Properties>", b""),
])  # fmt: skip
def test_people_and_their_machines_are_forgotten(name, content, kept):
    after = parts(accepted_bytes(inspect(io.BytesIO(hostile.xlsx({name: content})), "a.xlsx")))
    assert b"Joana" not in after[name] and b"joana@x" not in after[name] and kept in after[name]


@pytest.mark.parametrize("name", [
    "xl/externalLinks/externalLink1.xml", "XL/ExternalLinks/externalLink1.xml", "xl/connections.xml",
    "xl/queryTables/queryTable1.xml", "xl/macrosheets/sheet1.xml", "xl/activeX/activeX1.xml", "xl/vbaProject.bin",
    "customUI/customUI.xml",
])  # fmt: skip
def test_what_reaches_out_or_runs_is_refused(name):
    with pytest.raises(FileRefused) as refused:
        inspect(io.BytesIO(hostile.xlsx({name: b"<x/>"})), "a.xlsx")
    assert refused.value.code == "macros"


def test_a_macro_workbook_and_a_binary_one_are_none_of_ours():
    for types in ("application/vnd.ms-excel.sheet.macroEnabled.main+xml", "application/vnd.ms-excel.sheet.binary"):
        made = hostile.xlsx({"[Content_Types].xml": types.encode()})
        with pytest.raises(FileRefused):
            inspect(io.BytesIO(made), "a.xlsx")
