"""One shape for every form field, whether it comes from a Django form or from a plain dict of the dialogue engine.

The `field` tag draws a `FieldView` and nothing else, so labels, helps and errors look and sound the same everywhere.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from itertools import groupby
from typing import Any

from django.forms import BoundField
from django.forms.widgets import CheckboxSelectMultiple, RadioSelect, Select, SelectMultiple, Textarea
from django.utils.html import escape
from django.utils.safestring import SafeString, mark_safe

GROUPS = {"radio", "checkboxes"}


@dataclass
class Option:
    value: str
    label: str
    checked: bool = False
    help: str = ""
    group: str = ""
    disabled: bool = False


@dataclass
class FieldView:
    """What the template needs. `type`: an HTML input type, or textarea, select, radio, checkboxes, checkbox, widget."""

    name: str
    label: str
    id: str
    type: str = "text"
    value: Any = ""
    help: str = ""
    error: str = ""
    required: bool = False
    options: list[Option] = field(default_factory=list)
    multiple: bool = False
    autocomplete: str = ""
    inputmode: str = ""
    maxlength: int | None = None
    rows: int = 5
    counter: bool = False
    sensitive: bool = False
    disabled: bool = False
    hide_label: bool = False
    prefix: str = ""
    suffix: str = ""
    width: str = ""
    attrs: dict[str, Any] = field(default_factory=dict)
    widget_html: str = ""

    @property
    def is_group(self) -> bool:
        return self.type in GROUPS

    @property
    def described_by(self) -> str:
        ids = [f"{self.id}_help"] if self.help else []
        ids += [f"{self.id}_error"] if self.error else []
        ids += [f"{self.id}_count"] if self.counter else []
        return " ".join(ids)

    @property
    def options_html(self) -> SafeString:
        """What stands in a `<select>`. Built here, not in a template: the list of cases has a hundred and twenty."""
        parts = []
        for group, options in groupby(self.options, key=lambda option: option.group):
            parts.append(f'<optgroup label="{escape(group)}">' if group else "")
            for one in options:
                marks = (" selected" if one.checked else "") + (" disabled" if one.disabled else "")
                parts.append(f'<option value="{escape(one.value)}"{marks}>{escape(one.label)}</option>')
            parts.append("</optgroup>" if group else "")
        return mark_safe("".join(parts))  # noqa: S308  each value and label is escaped


def view_of(source: BoundField | Mapping[str, Any], **overrides: Any) -> FieldView:
    """The view of a BoundField or of a dict {name, label, help, error, type, value, options, required, …}.

    `overrides` win over what the source says; unknown ones become HTML attributes (`data_x` → `data-x`).
    """
    view = _from_bound(source) if isinstance(source, BoundField) else _from_mapping(source)
    known = FieldView.__dataclass_fields__
    for key, value in overrides.items():
        if key == "options":
            view.options = list(_options(value, view.value))
        elif key in known:
            setattr(view, key, value)
        else:
            view.attrs[key.replace("_", "-")] = value
    return view


def _from_mapping(source: Mapping[str, Any]) -> FieldView:
    known = FieldView.__dataclass_fields__
    data = {key: value for key, value in source.items() if key in known and key != "options" and value is not None}
    data.setdefault("id", f"id_{source['name']}")
    data.setdefault("label", source["name"])
    view = FieldView(**data)
    view.attrs = dict(view.attrs)
    view.options = list(_options(source.get("options") or (), source.get("value")))
    if view.type == "select" and view.multiple:
        view.type = "checkboxes"
    return view


def _from_bound(bound: BoundField) -> FieldView:
    widget = bound.field.widget
    attrs = {key: value for key, value in widget.attrs.items() if value not in (None, False)}
    view = FieldView(
        name=bound.html_name,
        label=str(bound.label),
        id=bound.id_for_label or bound.auto_id or f"id_{bound.html_name}",
        help=str(bound.help_text or ""),
        error=" ".join(str(error) for error in bound.errors),
        required=bool(bound.field.required),
        disabled=bool(bound.field.disabled),
        value=_shown(bound),
        type=_type_of(widget),
    )
    # a radio group's own id, not that of its first button
    view.id = bound.auto_id or view.id
    view.autocomplete = attrs.pop("autocomplete", "")
    view.inputmode = attrs.pop("inputmode", "")
    view.rows = int(attrs.pop("rows", 5) or 5)
    attrs.pop("cols", None)
    limit = attrs.pop("maxlength", None) or getattr(bound.field, "max_length", None)
    view.maxlength = int(limit) if limit else None
    view.attrs = attrs
    if view.type in {"select", *GROUPS}:
        view.options = list(_options(widget.choices, bound.value()))  # type: ignore[attr-defined]
    if view.type == "file":
        view.multiple = bool(getattr(widget, "allow_multiple_selected", False))
    if view.type == "widget":
        extra: dict[str, str | bool] = {"aria-describedby": view.described_by} if view.described_by else {}
        view.widget_html = bound.as_widget(attrs=extra)
    return view


def _type_of(widget: Any) -> str:
    if isinstance(widget, CheckboxSelectMultiple | SelectMultiple):
        return "checkboxes"
    if isinstance(widget, RadioSelect):
        return "radio"
    if isinstance(widget, Select):
        return "select"
    if isinstance(widget, Textarea):
        return "textarea"
    return getattr(widget, "input_type", None) or "widget"


def _shown(bound: BoundField) -> Any:
    value = bound.value()
    if isinstance(value, bool) or value is None or isinstance(value, list | tuple):
        return value if value is not None else ""
    formatted = bound.field.widget.format_value(value)
    return "" if formatted is None else formatted


def _options(source: Iterable[Any], value: Any) -> Iterable[Option]:
    chosen = (
        {str(item) for item in value}
        if isinstance(value, list | tuple | set)
        else {str(value if value is not None else "")}
    )
    for item in source:
        if isinstance(item, Option):
            yield item
        elif isinstance(item, Mapping):
            data = {key: item[key] for key in ("label", "help", "group", "disabled") if key in item}
            yield Option(value=str(item["value"]), checked=item.get("checked", str(item["value"]) in chosen), **data)
        else:
            key, label = item
            if isinstance(label, list | tuple):
                for inner_key, inner_label in label:
                    yield Option(str(inner_key), str(inner_label), str(inner_key) in chosen, group=str(key))
            else:
                key = "" if key is None else str(key)
                yield Option(key, str(label), key in chosen)
