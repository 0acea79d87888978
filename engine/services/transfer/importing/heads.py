"""The head of an untidy table: found among titles of reports, merged cells and empty lines, and matched with targets.

Titles are known in Kazakh, Russian and English, by the key of the field, and as the person matched them last time.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import islice
from typing import Any

from engine.language import LANGUAGES
from engine.language.folding import folded
from engine.language.sheets import cell_text
from engine.services.cells import title_key
from engine.services.transfer.importing.opening import Sheet
from engine.services.transfer.importing.targets import RECORD, Target

LOOKED_AT = 60
"""Lines at the top among which the head is looked for."""
SAMPLES = 3
BETWEEN = " / "
_LANGUAGE = {"қаз": "kk", "каз": "kk", "kaz": "kk", "kk": "kk", "орыс": "ru", "рус": "ru", "rus": "ru", "ru": "ru",
             "ағыл": "en", "англ": "en", "eng": "en", "en": "en"}
_TOLD_LANGUAGE = re.compile(rf"[\s(,]+(?:на |in |по-)?({'|'.join(_LANGUAGE)})[\w.]*\)?\s*[*:]*$")


@dataclass
class Head:
    """A column of the table: where it stands, what its head says, what it holds."""

    column: int
    text: str = ""
    above: str = ""
    """What stands over several heads together."""
    samples: list[str] = field(default_factory=list)
    filled: int = 0

    @property
    def said(self) -> str:
        return f"{self.above}{BETWEEN}{self.text}" if self.above and self.text else self.text or self.above

    @property
    def letters(self) -> str:
        """The column as spreadsheets call it: A, B, ... AA."""
        number, letters = self.column + 1, ""
        while number:
            number, rest = divmod(number - 1, 26)
            letters = chr(65 + rest) + letters
        return letters


@dataclass
class Top:
    """The head of a sheet: its lines, its columns, and the line from which data begin."""

    lines: tuple[int, ...]
    heads: list[Head]
    begins: int


Line = tuple[int, list[Any]]


def find_head(lines: Iterable[Line], sheet: Sheet, found: Mapping[str, Target],
              remembered: Mapping[str, str] | None = None, told: int | None = None) -> Top:
    """The head among the first lines. `told`: the line that the person says it is (0: the table has none)."""
    top = list(islice(lines, LOOKED_AT))
    filled = [(n, _unmerged(n, cells, sheet)) for n, cells in top]
    if told == 0:
        return _top(top, sheet, (), [])
    best: tuple[float, tuple[int, ...], list[Head]] | None = None
    for at, (number, cells) in enumerate(filled):
        if told is not None and number != told:
            continue
        below = filled[at + 1] if at + 1 < len(filled) and filled[at + 1][0] == number + 1 else None
        for heads, numbers in _readings(number, cells, below, top[at][1]):
            matched = match_heads(heads, found, remembered)
            score = len(matched) - 0.001 * at + (0.0005 if len(numbers) > 1 else 0)
            if best is None or score > best[0]:
                best = (score, numbers, heads)
    if best is None or (best[0] < 0.5 and told is None):
        return _top(top, sheet, *_likely(filled))
    return _top(top, sheet, best[1], best[2])


def _readings(number: int, cells: list[Any], below: Line | None, bare: list[Any]) -> Iterable[Any]:
    """The line as the head by itself, and with the next line as its second half."""
    texts = [cell_text(c) for c in cells]
    yield [Head(n, t) for n, t in enumerate(texts)], (number,)
    if below is None:
        return
    lower = [cell_text(c) for c in below[1]]
    repeated = len([t for t in texts if t]) > len([c for c in bare if cell_text(c)])
    gaps = any(n < len(lower) and lower[n] and (n >= len(texts) or not texts[n]) for n in range(len(lower)))
    if not (repeated or gaps) or not all(_is_title(c) for c in below[1]):
        return
    heads, above = [], ""
    for n in range(max(len(texts), len(lower))):
        upper = texts[n] if n < len(texts) else ""
        under = lower[n] if n < len(lower) else ""
        above = upper or (above if under else "")
        heads.append(Head(n, under or upper, above if under and above != under else ""))
    yield heads, (number, below[0])


def _unmerged(number: int, cells: list[Any], sheet: Sheet) -> list[Any]:
    """The line with merged cells filled, so that each column knows what stands over it."""
    full = list(cells)
    for top, left, bottom, right in sheet.merged:
        if top <= number - 1 <= bottom and right > left and left < len(full) and full[left] is not None:
            full.extend([None] * (right + 1 - len(full)))
            for at in range(left, right + 1):
                full[at] = full[left]
    return full


def _is_title(cell: Any) -> bool:
    return cell is None or (isinstance(cell, str) and not re.fullmatch(r"[\d\s.,:/-]+", cell))


def _likely(filled: Sequence[Line]) -> tuple[tuple[int, ...], list[Head]]:
    """No title is known: the line near the top that says most in words."""
    def words(line: Line) -> int:
        return len({cell_text(c) for c in line[1] if c is not None and _is_title(c)})

    if not filled:
        return (), []
    best = max(filled[:20], key=lambda line: (words(line), -line[0]))
    return ((best[0],), [Head(n, cell_text(c)) for n, c in enumerate(best[1])]) if words(best) > 1 else ((), [])


def _top(top: Sequence[Line], sheet: Sheet, numbers: tuple[int, ...], heads: list[Head]) -> Top:
    """The head with samples of its columns; columns that hold nothing are left out."""
    heads = [*heads, *(Head(n) for n in range(len(heads), sheet.columns))]
    last = numbers[-1] if numbers else 0
    after = [line for line in top if line[0] > last]
    if after and numbers and _numbers_columns(after[0][1]):
        last, after = after[0][0], after[1:]
    for _, cells in after:
        for head, cell in zip(heads, cells, strict=False):
            text = cell_text(cell)
            head.filled += bool(text)
            if text and text not in head.samples and len(head.samples) < SAMPLES:
                head.samples.append(text)
    if len(top) < LOOKED_AT:
        heads = [h for h in heads if h.text or h.above or h.filled]
    return Top(numbers, heads, last + 1)


def _numbers_columns(cells: Sequence[Any]) -> bool:
    """A line that counts the columns (1, 2, 3 ...), as paper forms have it under their head."""
    said = [cell_text(c) for c in cells if c is not None]
    return len(said) > 2 and said == [str(n) for n in range(1, len(said) + 1)]


# -- titles ---------------------------------------------------------------------------------------------------------


def match_heads(heads: Sequence[Head], found: Mapping[str, Target],
                remembered: Mapping[str, str] | None = None) -> dict[int, str]:
    """Column -> path of the target that its head means. A target is meant once, by the first head that names it."""
    matched: dict[int, str] = {}
    taken: set[str] = set()
    for head in heads if remembered else ():
        path = remembered.get(head_key(head))
        if path and path not in taken and (path in found or path == RECORD):
            matched[head.column] = path
            taken.add(path)
    left_out = {key for key, path in (remembered or {}).items() if not path}
    for known in _titles(found):
        for head in heads:
            if head.column in matched or head_key(head) in left_out:
                continue
            for said in _spellings(head):
                path = next((p for p in known.get(said, ()) if p not in taken), None)
                if path is not None:
                    matched[head.column] = path
                    taken.add(path)
                    break
    return matched


def head_key(head: Head) -> str:
    """How a head is remembered: with everything that it says, for brackets may tell two columns apart."""
    return BETWEEN.join(folded(part) for part in (head.above, head.text) if part)


def _spellings(head: Head) -> list[str]:
    text = folded(head.text or head.above)
    told = _TOLD_LANGUAGE.search(text)
    said = [f"{title_key(text[: told.start()])} ({_LANGUAGE[told[1]]})"] if told else []
    said += [BETWEEN.join((title_key(head.above), title_key(head.text)))] if head.above and head.text else []
    said += [title_key(head.text or head.above), text]
    for mark in (":", " - ", " – ", "/", "."):
        if mark in head.text:
            said.append(BETWEEN.join(title_key(part) for part in head.text.split(mark, 1)))
    return [s for s in dict.fromkeys(said) if s]


def _titles(found: Mapping[str, Target]) -> list[dict[str, list[str]]]:
    """Title -> paths, in the order in which they are tried: whole names, then bare titles of rows, then of links."""
    whole: dict[str, list[str]] = {}
    rows: dict[str, list[str]] = {}
    behind: dict[str, list[str]] = {}

    def note(known: dict[str, list[str]], key: str, path: str) -> None:
        if key and path not in known.setdefault(key, []):
            known[key].append(path)

    for t in sorted(found.values(), key=lambda t: (t.link is not None and not t.link.required)):
        note(whole, t.path, t.path)
        note(whole, BETWEEN.join(t.path.split(".")), t.path)
        for language in LANGUAGES:
            parts = [r.title.in_(language) for r in t.rows] + ([t.link.title.in_(language)] if t.link else [])
            title = title_key(t.field.title.in_(language))
            titles = [title] if t.language in ("", language) else []
            for said in [*titles, *([f"{title} ({t.language})"] if t.language else [])]:
                note(whole, BETWEEN.join((*map(title_key, parts), said)), t.path)
                if len(parts) > 1:
                    note(whole, BETWEEN.join((title_key(parts[-1]), said)), t.path)
                if parts:
                    note(behind if t.link else rows, said, t.path)
        if t.rows or t.link:
            note(behind if t.link else rows, folded(t.field.key), t.path)
    return [whole, rows, behind]
