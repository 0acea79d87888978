"""A form ready to be drawn: for each field what its template needs. Which fields may be seen is settled already.

A field the actor may write becomes an input drawn by the template of its room; any other becomes a text.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from types import SimpleNamespace
from typing import Any
from urllib.parse import urlencode

from engine.errors import Problem
from engine.language import N_, translate
from engine.model import Entity, Field
from engine.services.attachments import file_names
from engine.services.validation import Draft, FieldState
from engine.web import markup
from engine.web.drawn import Drawn, FileShown, Lines
from engine.web.files import shown_file
from engine.web.quick import is_framed
from engine.web.quick import way as quick_way
from engine.web.related import of_field, related_list
from engine.web.rows import Edited
from engine.web.sheets import sheet
from engine.web.typed import path_of

CHOICES = 50
"""How many choices a list shows before anybody searches."""
LISTS = 24
"""How many different lists one page brings along: lines that choose by their own values would ask one each."""
NEW_ONE, CREATE = N_("New: %(title)s"), N_("Create “{}”")
IN_ROW = N_("%(title)s, row %(number)s")
Choices = Callable[[str, Mapping[str, Any], Mapping[str, Any] | None], Sequence[Any]]


class Drawing:
    """Everything that drawing one record's form needs; made for one request."""

    def __init__(self, view: Any, entity: Entity, draft: Draft, writable: frozenset[str], *,
                 problems: Iterable[Problem] = (), id: Any = None, choices: Choices | None = None,
                 readable: frozenset[str] | None = None, edited: Edited | None = None, outline: bool = False,
                 bare: bool = False):
        """`edited`: what was typed, shown again where it could not be read, and what was done to its rows.

        `outline`: only to learn which fields are inputs; rows are left out. `bare`: linked records stay texts.
        """
        self.view, self.entity, self.draft, self.writable = view, entity, draft, writable
        self.language, self.names, self.id = view.language, view.names, id
        self.choices, self.readable, self.edited = choices, readable, edited or Edited({})
        self.raw, self.outline, self.bare = self.edited.raw, outline, bare
        self._ways: dict[str, dict[str, str] | None] = {}
        self.framed = is_framed()
        self.context = view.context(draft.values, follow=draft.follow)
        self._asked: dict[tuple[str, ...], Sequence[Any]] = {}
        self._options: dict[Field, dict[str, Any]] = {}
        self.files = file_names(view, entity, draft.values)
        self.problems: dict[str, list[str]] = {}
        for problem in problems:
            self.problems.setdefault(problem.path, []).append(problem.text(self.language))

    # -- fields ------------------------------------------------------------------------------------------------------

    def draw(self, f: Field, as_text: bool = False) -> Drawn:
        """The field as an input where the actor may write it now, unless it is only to be read."""
        state = self.draft.state(f.key)
        editable = f.key in self.writable and f.is_input and not state.readonly and not as_text
        back = of_field(f)
        if back is not None:
            drawn = Drawn(f.key, f.key, f.title.in_(self.language))
            drawn.related = related_list(self.view, self.id, back, drawn.title) if self.id is not None else None
            return drawn
        if f.kind.by_line and self.outline:
            return Drawn(f.key, f.key, "", lines=Lines(f.key, [], [], editable, []))
        if f.kind.by_line:
            return sheet(self, f, self.draft.values, f.key, editable, state, f.key, self.raw)
        return self.one(f, self.draft.values, f.key, f.key, editable, state, None, self.raw)

    def one(self, f: Field, values: Mapping[str, Any], name: str, address: str, editable: bool, state: FieldState,
             row: Mapping[str, Any] | None, raw: Mapping[str, Any]) -> Drawn:
        drawn = Drawn(f.key, name, f.title.in_(self.language), align=f.kind.align,
                      required=editable and state.required, problems=self.problems.get(path_of(name), []),
                      hint=f.hint.in_(self.language) if f.hint and editable else "")
        if editable:
            drawn.template = f.kind.input_template
            drawn.widget = self._widget(f, values, drawn, address, row, raw.get(f.key))
        else:
            drawn.text = f.kind.formatter(f, self.language, self.names)(values)
            drawn.upload = f.kind.upload(f)
            self._link(f, values, drawn)
        return drawn

    def _link(self, f: Field, values: Mapping[str, Any], drawn: Drawn) -> None:
        """Make linked records and files openable where their names are known."""
        value = values.get(f.key)
        if value is None:
            return
        targets = f.kind.targets(f)
        if f.kind.upload(f) is not None:
            drawn.files = self._files(f, values)
        elif targets and not self.bare and not f.is_many and values.get("@" + f.key):
            address, id = value if isinstance(value, tuple) else (targets[0], value)
            drawn.links.append((f"{self.view.catalog.entity(address).url}/{id}", drawn.text))

    def _widget(self, f: Field, values: Mapping[str, Any], drawn: Drawn, address: str,
                row: Mapping[str, Any] | None, raw: Any) -> SimpleNamespace:
        shown = f.kind.form_text(f, values.get(f.key), self.language)
        if isinstance(raw, str) and isinstance(shown, str) and (drawn.problems or not shown):
            shown = raw  # unreadable or wrong: what was typed stays
        several = isinstance(shown, list)
        if f not in self._options:
            self._options[f] = f.kind.widget_options(f, self.language, self.names)
        options = dict(self._options[f])
        attributes: dict[str, str] = {"name": drawn.name, "id": drawn.name}
        if drawn.required:
            attributes["aria-required"] = "true"
        told = [f"{drawn.name}-{part}" for part, given in (("help", drawn.hint), ("error", drawn.problems)) if given]
        if told:
            attributes["aria-describedby"] = " ".join(told)
        if drawn.problems:
            attributes["aria-invalid"] = "true"
        if row is not None:
            number = int(drawn.name.rsplit("-", 2)[1]) + 1
            attributes["aria-label"] = translate(IN_ROW, self.language, {"title": drawn.title, "number": number})
        if f.kind.targets(f):
            options["choices"] = self._choices(f, values, address, row)
            attributes |= self._suggest(f, drawn.name, address)
            options["quick"] = self._quick(f, address)
        said: dict[str, Any] = {
            "name": drawn.name, "id": drawn.name, "title": drawn.title, "required": drawn.required,
            "text": "" if several else shown, "texts": shown if several else [shown],
            "value": values.get(f.key), "problems": drawn.problems, "language": self.language,
            "attributes": markup.attributes(attributes),
            "files": self._files(f, values),
        }
        return SimpleNamespace(**{**said, **options})

    def _files(self, f: Field, values: Mapping[str, Any]) -> list[FileShown]:
        """The files that the field holds, by name. One that was only just uploaded has no address yet."""
        value = values.get(f.key)
        if f.kind.upload(f) is None or value is None:
            return []
        held = [id for id in (value if isinstance(value, list) else [value]) if id in self.files]
        return [shown_file(self.files[id], f"{self.entity.url}/{self.id}" if self.id else "", self.language)
                for id in held]

    # -- links -------------------------------------------------------------------------------------------------------

    def _choices(self, f: Field, values: Mapping[str, Any], address: str,
                 row: Mapping[str, Any] | None) -> list[tuple[str, str]]:
        """The first choices, what is chosen now among them. Lines of one sheet share one look into the database."""
        inside = self._row_fields(address) if row is not None else {}
        told = (address, *(str((row or {}).get(k)) for k in outer_names(f) if k in inside))
        known = self._asked.get(told)
        if known is None and self.choices and len(self._asked) < LISTS:
            known = self._asked[told] = self.choices(address, self.draft.values, row)
        found = {c.id: c.text for c in known or ()}
        current, shown = values.get(f.key), values.get("@" + f.key)
        if not isinstance(current, list):
            current, shown = ([current], [shown]) if current is not None else ([], [])
        for one, text in zip(current, shown or [None] * len(current), strict=False):
            if _shown(one) not in found:
                found = {_shown(one): text or "…", **found}
        return list(found.items())

    def _suggest(self, f: Field, name: str, address: str) -> dict[str, str]:
        """Where more choices are asked for while typing, and which inputs of the form go along."""
        url = f"{self.entity.url}/choices/{address}"
        prefix = name.rsplit("-", 1)[0] + "-" if "-" in name else ""
        along, fixed = [], {}
        for key in outer_names(f):
            if prefix and key in self._row_fields(address):
                along.append(prefix + key)
            elif key in self.entity.fields:
                if key in self.writable:
                    along.append(key)
                elif self.draft.values.get(key) is not None:
                    other = self.entity.fields[key]
                    text = other.kind.form_text(other, self.draft.values[key], self.language)
                    fixed[key] = text if isinstance(text, str) else ""
        if fixed:
            url += "?" + urlencode(fixed)
        return {"data-suggest": url, "data-suggest-with": " ".join(along)}

    def _quick(self, f: Field, address: str) -> dict[str, str] | None:
        """Where a record that the link lacks is made, in the words of the button and of the line in its list."""
        if address not in self._ways:
            found = quick_way(self.view, self.entity, f, address) if not self.framed else None
            self._ways[address] = found and {
                **found, "button": translate(NEW_ONE, self.language, {"title": found["title"]}),
                "create": translate(CREATE, self.language)}
        return self._ways[address]

    def _row_fields(self, address: str) -> Mapping[str, Field]:
        return self.entity.fields[address.split(".")[0]].fields

    # -- problems ----------------------------------------------------------------------------------------------------

    def summary(self, problems: Iterable[Problem]) -> list[tuple[str, str]]:
        """(anchor, sentence) of every problem, for the list at the top; a field's sentence names the field."""
        said = []
        for problem in problems:
            name = problem.path.replace("[", "-").replace("].", "-").rstrip("]")
            said.append((name, self._named(problem)))
        return said

    def _named(self, problem: Problem) -> str:
        text = problem.text(self.language)
        parts = problem.path.replace("]", "").replace("[", ".").split(".") if problem.path else []
        fields, titles = self.entity.fields, []
        for part in parts:
            if part.isdigit():
                titles.append(str(int(part) + 1))
            elif part in fields:
                titles.append(fields[part].title.in_(self.language))
                fields = fields[part].fields
        where = ", ".join(titles)
        return f"{where}: {text}" if where and titles[-1] not in text else text


def _shown(value: Any) -> str:
    return f"{value[0]}:{value[1]}" if isinstance(value, tuple) else str(value)


def outer_names(f: Field) -> list[str]:
    """Names of the record, or of the same line, that the link's `where` reads; its other names are the candidate's."""
    where = f.options.get("where")
    return sorted({p[0] for p in where.paths - where.row_paths}) if hasattr(where, "paths") else []
