"""Which texts need a folded key beside them: those that are sorted, filtered, shown as names or kept unique."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping

from engine.loading.compile.drafts import Draft
from engine.loading.compile.generated import SHORT_COLUMNS
from engine.loading.compile.sugar import entity_behind
from engine.loading.source import Source

_BRACED = re.compile(r"\{([^{}]*)\}")


def sortable_fields(
    sources: Mapping[str, Source], registries: Iterable[Source], grids: Iterable[Source],
    drafts: Mapping[str, Mapping[str, Draft]],
) -> dict[str, frozenset[str]]:
    """Address of an entity -> the keys of such fields. Paths over links count for the entity they lead to."""
    registries = list(registries)
    listed = {source.address for source in registries if not source.place.variant}
    found: dict[str, set[str]] = {address: set() for address in sources}

    def note(address: str, dotted: str) -> None:
        here = address
        for name in dotted.lstrip("-").split("."):
            draft = drafts.get(here, {}).get(name)
            if draft is None:
                return
            found[here].add(name)
            if draft.sugar is not None:  # a name taken over links sorts by the key where it is kept
                note(here, draft.sugar.rule)
            here = entity_behind(draft) or ""

    for address, source in sources.items():
        data = source.data
        wanted = [*_BRACED.findall(data.get("display", "")), *data.get("key", ())]
        for each in data.get("unique", {}).values():
            wanted.extend(each.get("fields", ()))
        wanted.extend(key for key, draft in drafts[address].items() if draft.field.unique or draft.field.index)
        if drafts[address].get("number"):
            wanted.append("number")
        if address not in listed or "display" not in data:
            # A generated registry shows the first short texts, and people sort by what is shown.
            texts = [key for key, draft in drafts[address].items() if draft.kind.searchable and not draft.builtin]
            wanted.extend(texts[:SHORT_COLUMNS])
        for dotted in wanted:
            note(address, dotted.strip())
    for source in registries:
        if source.address not in found:
            continue
        data = source.data
        views = data.get("views", {}).values()
        for part in (data, *views):
            for key in ("columns", "sort", "filters", "quick", "group"):
                for written in part.get(key, ()):
                    note(source.address, written.partition(":")[0])
    for source in grids:
        for axis in (source.data.get(part, {}) for part in ("rows", "columns")):
            for dotted in axis.get("sort", ()) if axis.get("from") in found else ():
                note(axis["from"], dotted)
    return {address: frozenset(names) for address, names in found.items()}
