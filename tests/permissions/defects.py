"""Mistakes planted into the engine, one at a time: each must be found by the probes that find nothing without it.

Names are replaced wherever a module of the engine has taken them, as if the mistake stood in the source.
"""

from __future__ import annotations

import sys
from collections.abc import Callable
from dataclasses import dataclass, replace
from importlib import import_module
from typing import Any

import sqlalchemy as sa

from engine.expression.typed import Within
from engine.model.access import Access
from engine.services.actor import system
from engine.services.unit_of_work import View
from engine.storage.queries.statement import Statement
from engine.storage.rules.reading import Reader
from engine.storage.system.tables import FILE, JOURNAL
from engine.storage.tables import tables_of
from engine.web import bulk_print
from tests.permissions import drive_moving

# By their addresses: some rooms give a function the name of its module.
api_listing = import_module("engine.api.listing")
attachments, comments, drafts = (import_module(f"engine.services.{m}") for m in ("attachments", "comments", "drafts"))
grants, predicate, reach = (import_module(f"engine.services.access.{m}") for m in ("grants", "predicate", "reach"))
actors, presenting = (import_module(f"engine.services.identity.{m}") for m in ("actors", "presenting"))
history, judging, reading, undoing = (
    import_module(f"engine.services.records.{m}") for m in ("history", "judging", "reading", "undoing")
)
branches, columns, grouping, listing = (
    import_module(f"engine.services.registries.{m}") for m in ("branches", "columns", "grouping", "listing")
)
page_plan, scopes, searching, summing = (
    import_module(f"engine.services.registries.{m}") for m in ("page_plan", "scopes", "searching", "summing")
)
fitting = import_module("engine.services.registries.kept.fitting")
looking = import_module("engine.services.journal.looking")
seers = import_module("engine.services.rights.seers")
table = import_module("engine.services.transfer.exporting.table")

Patch = Callable[[Any], None]
"""What is done with `monkeypatch`."""


@dataclass(frozen=True)
class Defect:
    says: str
    paths: tuple[str, ...]
    """Where it is looked for; `revocation` changes rights between two requests."""
    plant: Patch


DEFECTS: list[Defect] = []


def defect(says: str, *paths: str) -> Callable[[Patch], Patch]:
    def note(plant: Patch) -> Patch:
        DEFECTS.append(Defect(says, paths, plant))
        return plant

    return note


def put(patch: Any, original: Any, planted: Any, *rooms: str) -> None:
    """`planted` in place of `original`, in every module of the engine that knows it, or in the `rooms` alone."""
    done = 0
    for name, module in list(sys.modules.items()):
        if name.startswith("engine") and (not rooms or name in rooms):
            for key, value in list(vars(module).items()):
                if value is original:
                    patch.setattr(module, key, planted)
                    done += 1
    assert done, f"nobody knows {original}"


S = "engine.services."
visible = predicate.visible


def org_only(statement: Any, entity: Any, source: Any, verb: str = "read", showing: Any = ()) -> list[Any]:
    """Everything of the organisation."""
    return [source.table.c.organisation_id == statement.organisation] if "organisation" in entity.fields else []


def without_showing(statement: Any, entity: Any, source: Any, verb: str = "read", showing: Any = ()) -> list[Any]:
    return visible(statement, entity, source, verb)


# -- records ----------------------------------------------------------------------------------------------------------


@defect("no condition on the organisation", "list", "count", "card")
def _(patch: Any) -> None:
    def planted(statement: Any, entity: Any, source: Any, verb: str = "read", showing: Any = ()) -> list[Any]:
        found = visible(statement, entity, source, verb, showing)
        mine = str(source.table.c.organisation_id == statement.organisation)
        return [c for c in found if str(c) != mine]

    put(patch, visible, planted)


@defect("the rule of the role is forgotten in lists", "list", "count", "filter")
def _(patch: Any) -> None:
    put(patch, visible, org_only, S + "registries.listing")


@defect("choices are not asked what is visible", "choices")
def _(patch: Any) -> None:
    put(patch, visible, org_only, S + "registries.choices")


@defect("names of links are shown of what is not", "link_names", "card")
def _(patch: Any) -> None:
    put(patch, visible, org_only, S + "display")


@defect("a record is named by a field that is hidden on it", "link_names", "places")
def _(patch: Any) -> None:
    put(patch, visible, without_showing, S + "display")


@defect("search over everything finds and names what is not shown", "everywhere")
def _(patch: Any) -> None:  # finding alone would tell nothing: names are asked for anew
    put(patch, visible, org_only, S + "registries.everywhere", S + "display")


@defect("search looks into hidden linked records", "search", "everywhere")
def _(patch: Any) -> None:
    put(patch, visible, org_only, S + "registries.searching")


@defect("a card is read by its id alone", "card", "history", "rest_read")
def _(patch: Any) -> None:
    put(patch, visible, org_only, S + "records.reading")


@defect("an import knows records that are not shown", "known")
def _(patch: Any) -> None:
    put(patch, visible, org_only, S + "records.holding")


@defect("a pasted name finds what is not shown", "paste")
def _(patch: Any) -> None:
    put(patch, visible, org_only, S + "cells.names")


@defect("a grid has lines of everybody", "grid")
def _(patch: Any) -> None:
    put(patch, visible, org_only, S + "grids.axes")


@defect("links may lead to what is not shown", "create", "edit")
def _(patch: Any) -> None:
    put(patch, visible, org_only, S + "lookups")


@defect("whoever reads is told who edits", "drafts")
def _(patch: Any) -> None:
    def planted(statement: Any, entity: Any, source: Any, verb: str = "read", showing: Any = ()) -> list[Any]:
        return visible(statement, entity, source, "read")

    put(patch, visible, planted, S + "drafts")
    patch.setattr(drafts, "can", lambda catalog, actor, entity, verb: grants.can(catalog, actor, entity, "read"))


@defect("counts without the predicate", "count", "totals")
def _(patch: Any) -> None:
    original = summing.count_and_totals

    def planted(view: Any, columns: Any, conditions: Any, query: Any, page: Any) -> None:
        original(view, columns, [], query, page)

    put(patch, original, planted)


# -- fields -----------------------------------------------------------------------------------------------------------


@defect("masks of fields are forgotten in lists", "list", "rest_list")
def _(patch: Any) -> None:
    patch.setattr(page_plan, "_masks", lambda columns, fields, paths, selected: [])


@defect("masks of fields are by role, not by right", "list", "export")
def _(patch: Any) -> None:
    def planted(columns: Any, fields: Any, paths: Any, selected: Any) -> list[Any]:
        by_role: dict[frozenset[str], list[str]] = {}
        for name in (*(f.key for f in fields if f.key not in columns_always()), *paths):
            key = name.partition(".")[0]
            by_role.setdefault(frozenset(g.role for g in columns.grants if key in g.read), []).append(name)
        found = []
        for names in by_role.values():
            condition = columns.condition_of(names[0].partition(".")[0])
            if condition is not None:
                found.append((len(selected), tuple(names)))
                selected.append(condition)
        return found

    patch.setattr(page_plan, "_masks", planted)


def columns_always() -> tuple[str, ...]:
    return columns.ALWAYS


@defect("a hidden field may be filtered by", "filter")
def _(patch: Any) -> None:
    patch.setattr(columns.Columns, "guarded", lambda self, key, clause: clause)


@defect("a hidden field may be sorted by", "sort")
def _(patch: Any) -> None:
    def planted(self: Any, f: Any, descending: bool) -> Any:
        return columns.Key(self._order(f), descending, True)

    patch.setattr(columns.Columns, "_key", planted)


@defect("hidden values are added up", "totals", "rest_sums")
def _(patch: Any) -> None:
    original = summing.totals_of

    def planted(columns: Any, asked: Any) -> Any:
        return [replace(t, column=columns.source.column(t.key)) for t in original(columns, asked)]

    put(patch, original, planted)


@defect("groups are made of hidden values", "group")
def _(patch: Any) -> None:
    patch.setattr(grouping, "_masked", lambda column, condition: column)


@defect("a condition reads hidden fields", "condition")
def _(patch: Any) -> None:
    def planted(self: Any, text: str) -> Any:
        return self.source.clause(columns.compile_where(self.view, self.entity, text))

    patch.setattr(columns.Columns, "rule", planted)


@defect("a condition reads behind links what only some rows show", "condition")
def _(patch: Any) -> None:
    put(patch, scopes.linked_fields, lambda view, entity: grants.readable(view.catalog, view.actor, entity))


@defect("search reads hidden texts", "search", "everywhere")
def _(patch: Any) -> None:
    planted = lambda view, entity: grants.readable(view.catalog, view.actor, entity)  # noqa: E731
    put(patch, searching.shown_everywhere, planted, S + "registries.searching")


@defect("a name that is hidden everywhere is taken for a known one", "list", "filter", "sort", "totals")
def _(patch: Any) -> None:
    patch.setattr(columns.Columns, "field", lambda self, key, path="fields": self.entity.fields[key])


@defect("rows stand in lists where they are hidden", "rows", "export")
def _(patch: Any) -> None:
    def planted(entity: Any, columns: Any, query: Any) -> list[Any]:
        wanted = entity.fields if query.fields is None else query.fields
        return [f for f in entity.row_fields if f.key in columns.allowed and f.key in wanted]

    patch.setattr(listing, "_row_fields", planted)


@defect("an export holds what may only be read", "export", "export_later")
def _(patch: Any) -> None:
    patch.setattr(table, "VERB", "read")


@defect("printing is judged by the right to read", "print")
def _(patch: Any) -> None:
    original = bulk_print.printed

    def planted(wanted: Any, picks: Any) -> Any:
        return wanted, replace(original(wanted, picks)[1], verb="read", fields=tuple(wanted.paths))

    put(patch, original, planted, "engine.web.bulk_print")
    patch.setattr(drive_moving, "printed", planted)


@defect("history tells of hidden fields", "history")
def _(patch: Any) -> None:
    original = history.Teller

    def planted(view: Any, entity: Any, allowed: Any) -> Any:
        return original(view, entity, frozenset(entity.fields))

    patch.setattr(history, "Teller", planted)


@defect("a file is sent by its id", "files")
def _(patch: Any) -> None:
    def planted(view: Any, address: str, record_id: Any, file_id: Any) -> Any:
        row = view.execute(sa.select(FILE).where(FILE.c.id == file_id)).first()
        if row is None:
            raise attachments.NotFound([attachments.NO_SUCH])
        return row

    patch.setattr(attachments, "_held", planted)


@defect("a file is sent although its field is hidden", "files", "pictures")
def _(patch: Any) -> None:
    def planted(view: Any, entity: Any, values: Any, shown: bool = False) -> Any:
        return reading.Record(entity, values)

    put(patch, reading.as_seen, planted, S + "attachments")


@defect("a form in work shows what other rows show", "preview")
def _(patch: Any) -> None:
    def planted(view: Any, entity: Any, stored: Any, shown: bool = False) -> Any:
        return reading.Record(entity, {k: stored.get(k) for k in grants.readable(view.catalog, view.actor, entity)})

    put(patch, reading.as_seen, planted, S + "records.forms")


@defect("who saves too late is shown everything", "conflict")
def _(patch: Any) -> None:
    put(
        patch,
        reading.as_seen,
        lambda view, entity, values, shown=False: reading.Record(entity, values),
        S + "records.editing_many",
    )


@defect("a copy takes hidden values along", "copy")
def _(patch: Any) -> None:
    put(
        patch,
        reading.as_seen,
        lambda view, entity, values, shown=False: reading.Record(entity, values),
        S + "records.copying",
    )


@defect("saved views are opened as they were saved", "saved_views")
def _(patch: Any) -> None:
    patch.setattr(fitting._Fitting, "column", lambda self, path: path)
    patch.setattr(fitting._Fitting, "_signed", lambda self, written, sign, part: written)


@defect("REST expands links with the rights of nobody", "rest_expand")
def _(patch: Any) -> None:
    original = api_listing._linked

    def planted(view: Any, one: Any, ids: Any, archived: bool) -> Any:
        whole = View(view.site, view.catalog, view.connection, system(view.actor.organisation_id), view.language)
        return original(whole, one, ids, archived)

    patch.setattr(api_listing, "_linked", planted)


@defect("the description of the API names every field", "openapi", "menu")
def _(patch: Any) -> None:
    put(patch, grants.visible_entities, lambda catalog, actor: list(catalog.entities.values()))


@defect("whoever is mentioned is told", "mentions")
def _(patch: Any) -> None:
    patch.setattr(comments, "_name_for", lambda uow, entity, id, user_id: "?")


@defect("the journal shows entries of other organisations", "journal")
def _(patch: Any) -> None:
    patch.setattr(looking, "shown_to", lambda view: [sa.true()])


@defect("the journal tells of fields that are hidden now", "journal")
def _(patch: Any) -> None:
    patch.setattr(looking, "_allowed", lambda view, entity, id: frozenset(entity.fields))
    patch.setattr(looking, "readable", lambda catalog, actor, entity, verb="read": frozenset(entity.fields))


# -- who holds what ---------------------------------------------------------------------------------------------------


@defect("a role that is over counts", "list", "card")
def _(patch: Any) -> None:
    patch.setattr(actors, "_holds", lambda row, today: True)


@defect("an archived group gives its roles", "list", "card", "count")
def _(patch: Any) -> None:
    original = actors._group_roles

    def planted(catalog: Any, user: Any, mark: str = "") -> Any:
        for way in original(catalog, user, mark):
            member, (group, _), roles = way.joins
            live = group.c.id == member[0].c.owner_id
            yield replace(way, joins=(member, (group, live), roles))

    put(patch, original, planted)


@defect("roles of groups are forgotten", "list", "card", "count")
def _(patch: Any) -> None:
    put(patch, actors._group_roles, lambda catalog, user, mark="": iter(()))


@defect("an archived substitution lends", "list", "card", "count")
def _(patch: Any) -> None:
    original = actors._lent_roles

    def planted(catalog: Any, user: Any) -> Any:
        for way in original(catalog, user):
            (lent, _), *rest = way.joins
            yield replace(way, joins=((lent, lent.c.substitute_id == user.c.id), *rest))

    put(patch, original, planted)


@defect("a closed account lends", "list", "card", "count")
def _(patch: Any) -> None:
    original = actors._lent_roles

    def planted(catalog: Any, user: Any) -> Any:
        for way in original(catalog, user):
            lent, (absent, _), *rest = way.joins
            yield replace(way, joins=(lent, (absent, absent.c.id == lent[0].c.absent_id), *rest))

    put(patch, original, planted)


@defect("a lent role asks about the substitute", "list", "card")
def _(patch: Any) -> None:
    patch.setattr(reach, "lent", lambda node, number: node)


@defect("a closed account goes on", "revocation")
def _(patch: Any) -> None:
    original, kept = actors.read_actor, {}

    def planted(site: Any, rows: Any, *more: Any) -> Any:
        found = original(site, rows, *more)
        kept.setdefault(rows[0].id if rows else None, found)
        return found or kept.get(rows[0].id if rows else None)

    put(patch, original, planted)


@defect("rights are kept from an earlier request", "revocation")
def _(patch: Any) -> None:
    original, kept = presenting.actor_of_key, {}

    def planted(site: Any, key: str, address: str = "") -> Any:
        if key not in kept:
            kept[key] = original(site, key, address)
        return kept[key]

    put(patch, original, planted)


@defect("a statement of one person is kept for others", "list", "count", "card")
def _(patch: Any) -> None:
    patch.setattr(Statement, "binds_for", lambda self, rule: self._binds)


# -- where roles reach ------------------------------------------------------------------------------------------------


@defect("the tree is asked the wrong way round", "list", "card")
def _(patch: Any) -> None:
    original = Reader._within

    def planted(self: Any, node: Within, frames: Any) -> Any:
        class Turned:
            def __init__(self, source: Any) -> None:
                self.source = source

            def __getattr__(self, name: str) -> Any:
                return getattr(self.source, name)

            def tree(self, address: str) -> Any:
                pairs = self.source.tree(address)
                turned = sa.select(
                    pairs.c.ancestor_id.label("descendant_id"), pairs.c.descendant_id.label("ancestor_id")
                )
                return turned.subquery()

        return original(self, node, (Turned(frames[0]), *frames[1:]))

    patch.setattr(Reader, "_within", planted)


@defect("changes reach as far as reading", "edit", "card", "life")
def _(patch: Any) -> None:
    original = reach._place

    def planted(entity: Any, held: Any, verb: str, number: int, beyond: bool) -> Any:
        return None if verb not in reach.READS else original(entity, held, verb, number, beyond)

    patch.setattr(reach, "_place", planted)


@defect("a role in a unit holds in the whole organisation", "list", "count")
def _(patch: Any) -> None:
    original = reach._place

    def planted(entity: Any, held: Any, verb: str, number: int, beyond: bool) -> Any:
        return original(entity, held and replace(held, whole=True), verb, number, beyond)

    patch.setattr(reach, "_place", planted)


@defect("who looks down the tree sees nothing", "list", "count")
def _(patch: Any) -> None:
    patch.setattr(reach, "READS", frozenset())


@defect("further rights of a role are forgotten", "list", "card")
def _(patch: Any) -> None:
    patch.setattr(Access, "all_parts", property(lambda self: (self,)))


# -- changes ----------------------------------------------------------------------------------------------------------


@defect("a new record is judged before it is filled in", "create")
def _(patch: Any) -> None:
    original = judging.rights_to

    def planted(view: Any, entity: Any, records: Any, verb: str) -> Any:
        bare = [{k: v for k, v in r.items() if k not in ("created_by", "stage", "state")} for r in records]
        return original(view, entity, bare, verb)

    put(patch, original, planted, S + "records.creating")


@defect("a new record is not judged", "create")
def _(patch: Any) -> None:
    def planted(view: Any, entity: Any, records: Any, verb: str) -> Any:
        return [grants.writable(view.catalog, view.actor, entity, verb)] * len(records)

    put(patch, judging.rights_to, planted, S + "records.creating")


@defect("a change is judged only before", "edit")
def _(patch: Any) -> None:
    def planted(view: Any, entity: Any, records: Any, verb: str) -> Any:
        return [grants.writable(view.catalog, view.actor, entity, verb)] * len(records)

    put(patch, judging.rights_to, planted, S + "records.editing_many")


@defect("many at once are found by the right to read", "bulk", "life")
def _(patch: Any) -> None:
    original = reading.load
    planted = lambda view, entity, ids, verb="read", **more: original(view, entity, ids, "read", **more)  # noqa: E731
    put(patch, original, planted, S + "records.editing_many", S + "records.reading")


@defect("another's action is taken back", "undo")
def _(patch: Any) -> None:
    def planted(view: Any, address: str, key: str) -> Any:
        entity = reading.entity_at(view, address)
        rows = view.execute(sa.select(JOURNAL).where(JOURNAL.c.request_id == key, JOURNAL.c.entity == address)).all()
        return undoing.Action(entity, key, rows[0].at, rows)

    patch.setattr(undoing, "action_of", planted)


@defect("a record is gone from the tree where its parent is hidden", "branches")
def _(patch: Any) -> None:
    def planted(view: Any, entity: Any, query: Any) -> Any:
        def condition(columns: Any) -> Any:
            above = branches.EntitySource(columns.source.statement, entity)
            listed = branches.conditions_of(view, branches.Columns(view, entity, above), replace(query, besides=()))
            parent = columns.source.table.c.parent_id
            return sa.or_(
                parent.is_(None), ~sa.exists(sa.select(sa.literal(1)).where(above.table.c.id == parent, *listed))
            )

        return condition

    patch.setattr(branches, "_on_top", planted)


@defect("units of everybody are taken for those of one", "seers")
def _(patch: Any) -> None:
    original = seers._held

    def planted(view: Any, who: Any, column: Any) -> Any:
        everybody = tables_of(view.catalog).rows(view.catalog.entity(actors.USER).fields["roles"])
        way = next(iter(seers.ways_to_roles(view.catalog, who)))
        if column(way) is not way.roles.c.unit_id:
            return original(view, who, column)
        return sa.select(everybody.c.unit_id.label("held"))

    patch.setattr(seers, "_held", planted)
