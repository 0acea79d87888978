"""Every problem of metadata by its code: the sentence in English; kk and ru are in translations/*/loading.po.

Codes are stable: people look them up, tests hold to them. `rule.*` codes have their sentences in engine.expression.
"""

from __future__ import annotations

from engine.language import N_

SENTENCES: dict[str, str] = {
    # -- the text of a file
    "yaml.too-large": N_("The file has %(size)s bytes; at most %(limit)s are read"),
    "yaml.not-utf8": N_("The file is not UTF-8 text"),
    "yaml.control": N_("The invisible character %(character)s has no place here"),
    "yaml.syntax": N_("This is not YAML: %(fault)s"),
    "yaml.too-many-parts": N_("The file has too many parts: at most %(limit)s are read"),
    "yaml.too-deep": N_("The file is nested too deeply: at most %(limit)s levels are read"),
    "yaml.alias": N_("`*%(name)s` repeats another place; write it out"),
    "yaml.anchor": N_("`&%(name)s` names a place to repeat; anchors are not used here"),
    "yaml.tag": N_("`%(tag)s` is a tag; tags are not used here"),
    "yaml.merge": N_("`<<` merges another mapping; write its keys out"),
    "yaml.documents": N_("A file holds one document; `---` begins a second one"),
    "yaml.key-not-text": N_("A key must be a plain name"),
    "yaml.duplicate-key": N_("`%(name)s` stands here twice; the first time in line %(first)s"),
    # -- files
    "file.empty": N_("The file is empty"),
    "file.place": N_("No kind of file lives at this path"),
    "file.suffix": N_("Rename the file so that it ends in .yaml"),
    "file.kind": N_("`%(name)s` files do not live in this folder; here stands: %(wanted)s"),
    "file.first-key": N_("The first key must say what the file is: %(wanted)s; here it is `%(name)s`"),
    "file.address": N_("The address `%(name)s` does not agree with the place of the file, which is `%(wanted)s`"),
    # -- shapes and values
    "shape.mapping": N_("Here stand named things (`key: value`)"),
    "shape.list": N_("Here stands a list"),
    "shape.text": N_("Here stands one value, neither a list nor named things"),
    "key.unknown": N_("There is no key `%(name)s` here"),
    "key.missing": N_("The key `%(name)s` is missing"),
    "name.form": N_("`%(name)s` is no name: small Latin letters, digits and _, beginning with a letter"),
    "name.reserved": N_("The name `%(name)s` is taken by the engine"),
    "list.size": N_("Here stand %(least)s to %(most)s elements"),
    "list.twice": N_("`%(value)s` stands in the list twice"),
    "value.nothing": N_("Nothing is written here"),
    "value.boolean": N_("`%(text)s` is neither yes nor no"),
    "value.integer": N_("`%(text)s` is no whole number"),
    "value.number": N_("`%(text)s` is no number"),
    "value.choice": N_("`%(text)s` is not among: %(allowed)s"),
    "value.low": N_("`%(text)s` is less than %(limit)s"),
    "value.high": N_("`%(text)s` is more than %(limit)s"),
    "value.long": N_("The text is longer than %(limit)s characters"),
    "value.short": N_("The text is shorter than %(limit)s characters"),
    "value.pattern": N_("`%(text)s` does not have the form that is needed here"),
    "value.date": N_("`%(text)s` is no date; a date is written 2026-09-01"),
    "value.literal": N_("`%(text)s` is no value of the type %(type)s"),
    "pattern.syntax": N_("`%(text)s` is no regular expression"),
    "pattern.slow": N_(
        "The pattern `%(text)s` may take hours: no repetition within a repetition and no back references"
    ),
    # -- labels
    "text.missing": N_("The text in the language `%(language)s` is missing"),
    "text.one-language": N_("This text is in one language only: write it as {kk: ..., ru: ...}"),
    "title.missing": N_("`%(name)s` has no title here and none in translations/terms.yaml"),
    "title.two-kazakh": N_('"%(ru)s" is called "%(kk)s" here and "%(other)s" in %(where)s'),
    # -- modules, roles, dictionaries
    "module.missing": N_("The module `%(name)s` has no file _module.yaml"),
    "module.unknown": N_("There is no module `%(name)s`"),
    "module.circle": N_("Modules need each other in a circle: %(circle)s"),
    "role.unknown": N_("There is no role `%(name)s`"),
    "role.twice": N_("The role `%(name)s` is in %(file)s already"),
    "dictionary.unknown": N_("There is no dictionary `%(name)s`"),
    "dictionary.parent": N_("The dictionary has no item `%(name)s`"),
    # -- entities
    "entity.unknown": N_("There is no entity `%(name)s`"),
    "entity.unit": N_("`%(name)s` does not lead to a unit"),
    "system.missing": N_("The engine needs the entity `%(name)s`"),
    "system.field-missing": N_("The engine needs the field `%(name)s` of `%(entity)s`"),
    "display.braces": N_("A field stands in braces: {name}; a brace is open or closed too often here"),
    "display.field": N_("`%(name)s` cannot be shown as part of a name"),
    "search.field": N_("`%(name)s` cannot be searched"),
    "number.no-document": N_("Only documents are numbered"),
    "number.zeros": N_("The pattern needs one group of zeros in braces, such as {00000}"),
    "number.word": N_("`{%(name)s}` is not known in a pattern of numbers; known are: %(known)s"),
    "number.repeats": N_(
        "Numbers begin anew every %(restart)s, but the pattern lacks %(word_needed)s: they will repeat"
    ),
    "unique.when": N_("This condition may only say `field == value`"),
    "access.verb": N_("`%(name)s` is something that only documents know"),
    "access.hidden-field": N_("The role `%(role)s` cannot read `%(name)s`, so its condition may not ask about it"),
    "example.refused": N_("There is no element `%(name)s` that could refuse"),
    "example.nothing": N_("An example expects something: `then` or `refused`"),
    "was.exists": N_("`%(name)s` still exists, so this cannot be its new name"),
    # -- fields
    "field.type": N_("There is no field type `%(name)s`"),
    "field.unknown": N_("There is no field `%(name)s`"),
    "field.no-link": N_("`%(name)s` leads to no other record"),
    "field.not-kept": N_("`%(name)s` is not kept in a column, so it cannot stand here"),
    "field.rows-too-deep": N_("Rows stand in rows at most once: `%(name)s` is one level too deep"),
    "field.builtin-type": N_("`%(name)s` is built in and has the type `%(type)s`"),
    "field.cycle": N_("Computed values go round in a circle: %(cycle)s"),
    "field.takes-many": N_("`%(name)s` has many values or none to show; a lookup takes one"),
    "field.rollup-of": N_("Say what is to be added up: `%(name)s.field`"),
    "field.no-unique": N_("`%(name)s` cannot be unique"),
    "field.option-not-for-type": N_("`%(option)s` is not for the type `%(type)s`"),
    "field.computed-input": N_("The field is computed, nobody types it in: `%(option)s` has no place here"),
    "field.live-index": N_("The value is computed when read and kept nowhere: `%(option)s` is not possible"),
    "field.bounds": N_("The least value %(low)s is greater than the greatest %(high)s"),
    "field.column-clash": N_("`%(name)s` and `%(other)s` would share the column %(column)s; rename one"),
    "field.default-refused": N_("The field itself would refuse `%(text)s`"),
    "field.not-back": N_("`%(name)s` does not lead back to `%(entity)s`"),
    "link.where-several": N_("A link to several entities cannot have `where`: their fields differ"),
    # -- forms and registries
    "form.twice": N_("`%(name)s` stands in the section `%(section)s` already"),
    "form.missing-field": N_("`%(name)s` is on no form: nobody can fill it in on a screen"),
    "layout.for-nobody": N_("The variant `%(name)s` needs `for`: it says who sees it instead of the main one"),
    "registry.when": N_("A list has no record to ask about: `for` takes roles only"),
    "registry.secret": N_("`%(name)s` is secret and shown nowhere"),
    "registry.no-filter": N_("`%(name)s` cannot be filtered by"),
    "registry.no-sort": N_("`%(name)s` cannot be sorted by"),
    "registry.no-total": N_("`%(name)s` is no number, so it has no total"),
    "registry.total-kind": N_("`%(name)s` has no total `%(kind)s`; it may be: %(known)s"),
    "registry.no-quick": N_("`%(name)s` does not have a few values to choose from, so it is no quick filter"),
    "registry.no-group": N_("A list cannot be grouped by `%(name)s`"),
    "registry.by": N_("A view as %(kind)s needs `by`: the field that places its records"),
    # -- entry grids
    "grid.cells": N_("The cells of a grid are records of a reference; `%(name)s` is none"),
    "grid.twice": N_("`%(entity)s` has a grid `%(name)s` already"),
    "grid.parameter": N_("`%(name)s` is not chosen by one value, so it cannot stand above a grid"),
    "grid.no-parameter": N_("There is no parameter `%(name)s`"),
    "grid.no-period": N_("`%(name)s` is no period, so it has no days"),
    "grid.period-unit": N_("Give the period `%(name)s` a `unit`; these suit here: %(units)s"),
    "grid.columns": N_("Say one of these about columns: days, weeks, months, from, fields"),
    "grid.only": N_("`only` chooses among days"),
    "grid.not-with-fields": N_("Where fields are the columns, `%(name)s` has no place"),
    "grid.shown": N_("`%(name)s` cannot stand in a cell of the head"),
    "grid.no-date": N_("`%(name)s` is no date, and the columns are dates"),
    "grid.no-link": N_("`%(name)s` does not link to `%(entity)s`"),
    "grid.not-typed": N_("`%(name)s` is not typed into a cell: it places the cell, is computed, has many values, or "
                         "stands here twice"),
    "grid.unique": N_("One cell must be one record: write `unique` over %(fields)s in `%(entity)s`"),
    "grid.codes": N_("Codes are for a choice of one value; `%(name)s` is something else"),
    "grid.code": N_("`%(name)s` cannot be chosen in the cell"),
    "grid.key": N_("A key is one letter or digit; `%(text)s` is not"),
    "grid.key-twice": N_("The key `%(text)s` stands for `%(other)s` already"),
    "grid.key-place": N_("`%(text)s` and `%(second)s`, which stands for `%(other)s`, are one key of the keyboard"),
    "grid.outside": N_("A cell outside is there for no role: `except` has no place here"),
    "grid.total": N_("Say one of these about a total: count, percent, sum, avg"),
    "registry.by-field": N_("`%(name)s` cannot place the records of a view as %(kind)s"),
    "registry.by-for-nothing": N_("A view as %(kind)s goes by no field: leave `by` out"),
    "registry.not-so": N_("Records of this entity cannot be shown as %(kind)s"),
    "registry.other-kind": N_("The key `%(name)s` belongs to views as %(kind)s"),
    "registry.no-image": N_("`%(name)s` holds no picture"),
    "registry.no-inline": N_("`%(name)s` cannot be changed in a table: it is no single value that people type in"),
    "registry.inline-column": N_("`%(name)s` is changed in the table, so it must be one of its columns"),
    # -- seed
    "seed.file": N_("The file `%(name)s` is not beside this one"),
    "seed.column": N_("There is no field `%(name)s` in `%(entity)s`"),
    "seed.key": N_("`%(name)s` is part of the natural key and missing here"),
    "seed.no-key": N_("`%(name)s` has no natural key (`key:`), so its records would be loaded twice"),
}

WARNINGS = frozenset(
    {
        "form.missing-field",
        "title.two-kazakh",
        "number.repeats",
        "seed.no-key",
    }
)
"""Codes that are told but stop nothing."""

HINTS: dict[str, str] = {
    "did-you-mean": N_("did you mean `%(near)s`?"),
    "comma": N_("inside {...} a comma ends a value: put a rule with commas in quotes"),
}
