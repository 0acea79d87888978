"""A program by itself: one uploaded table becomes plain rows on disk, within its own memory and time.

It is run as a child process (`opening.py`), because a workbook of a few kilobytes can ask its reader for gigabytes:
two cells at the far ends of a sheet, one long text that a million cells repeat, an archive that lies about its size.
Only the standard library and calamine are imported, so that it starts in a tenth of a second.

`reader.py SOURCE FOLDER LIMITS` writes FOLDER/N.rows for each sheet (JSON Lines: [line, [cells]], empty lines left out)
and prints one JSON object: {"kind", "sheets": [{"name", "lines", "columns", "cells", "hidden", "merged"}]} or
{"refused": CODE, ...}. A cell is null, a text, a number, true or false, or [MARK, TEXT] for what JSON lacks.
"""

from __future__ import annotations

import csv
import io
import json
import re
import sys
import zipfile
import zlib
from collections.abc import Iterable, Iterator
from datetime import date, datetime, time, timedelta
from pathlib import Path
from typing import Any

OLE = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"
ODS = "application/vnd.oasis.opendocument.spreadsheet"
SAMPLE = 64 * 1024
CHUNK = 256 * 1024
HEAD_LINES = 60
"""Lines at the top in which merged cells are told: heads stand there."""
DAY, MOMENT, CLOCK, SPAN, WRONG = "d", "m", "t", "s", "e"
_MARKUP = re.compile(rb"<(!doctype|html|table|\?xml|head|meta)", re.IGNORECASE)
_PLACE, _FORMULA = rb'<c r="([A-Z]{1,3})(\d{1,7})"', rb"(?:<f[^>]*>[^<]*</f>|<f[^>]*/>)"
_BROKEN = re.compile(_PLACE + rb'[^>]*\bt="e"[^>]*>' + _FORMULA + rb"?<v>([^<]{1,12})</v>")
_UNCOUNTED = re.compile(_PLACE + rb"[^>]*>" + _FORMULA + rb"(?:<v></v>|<v ?/>)?</c>")


Row = tuple[int, list[Any]]
"""A line, from 0, and its cells."""


class Refused(Exception):
    """The table is not read. `code` says why, `said` holds the figures of the sentence."""

    def __init__(self, code: str, **said: Any):
        super().__init__(code)
        self.code, self.said = code, said


def main(source: Path, folder: Path, limits: dict[str, int]) -> dict[str, Any]:
    """What is said of the table; its rows are in `folder` then."""
    with source.open("rb") as file:
        head = file.read(SAMPLE)
    if not head.strip():
        raise Refused("empty")
    if head.startswith(b"PK\x03\x04"):
        kind, wrong = _archive(source, limits)
        return {"kind": kind, "sheets": _workbook(source, folder, limits, wrong)}
    if head.startswith(OLE):
        return {"kind": "xls", "sheets": _workbook(source, folder, limits, {})}
    if head.startswith(b"%PDF") or _MARKUP.search(head[:512]):
        raise Refused("pdf" if head.startswith(b"%PDF") else "web-page")
    return {"kind": "csv", "sheets": [_separated(source, folder, limits, head)]}


# -- archives -------------------------------------------------------------------------------------------------------


def _archive(source: Path, limits: dict[str, int]) -> tuple[str, dict[str, dict[tuple[int, int], str]]]:
    """The kind of workbook in the archive, and cells whose formulas came to nothing, by the path of their sheet."""
    try:
        with zipfile.ZipFile(source) as archive:
            entries = archive.infolist()
            names = {e.filename for e in entries}
            total, packed = sum(e.file_size for e in entries), sum(e.compress_size for e in entries)
            if len(entries) > limits["entries"] or total > limits["unpacked"]:
                raise Refused("bomb")
            if total > limits["unjudged"] and total > limits["ratio"] * max(packed, 1):
                raise Refused("bomb")
            if any(e.flag_bits & 1 for e in entries):
                raise Refused("password")
            kind = _kind(archive, names)
            left, wrong = limits["unpacked"], {}
            for entry in entries:
                # What the directory of the archive says of sizes is not believed.
                is_sheet = kind == "xlsx" and re.fullmatch(r"xl/worksheets/[^/]+\.xml", entry.filename)
                found: dict[tuple[int, int], str] = {}
                left -= _unpacked(source, entry, left, found if is_sheet else None)
                if found:
                    wrong[entry.filename] = found
            return kind, wrong
    except (zipfile.BadZipFile, OSError, NotImplementedError, zlib.error, RuntimeError) as error:
        raise Refused("broken") from error


def _kind(archive: zipfile.ZipFile, names: set[str]) -> str:
    if "mimetype" in names and archive.getinfo("mimetype").file_size < 200:
        if archive.read("mimetype").decode("ascii", "replace").strip() == ODS:
            return "ods"
        raise Refused("type")
    if "xl/workbook.xml" in names:
        return "xlsx"
    raise Refused("binary" if "xl/workbook.bin" in names else "type")


def _unpacked(source: Path, entry: zipfile.ZipInfo, most: int, found: dict[tuple[int, int], str] | None) -> int:
    """Bytes that the entry really has; Refused when they are more than `most`. `found` gets cells without a value."""
    if entry.compress_type not in (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED):
        raise Refused("broken")
    size, tail = 0, b""
    for piece in _inflated(source, entry):
        size += len(piece)
        if size > most:
            raise Refused("bomb")
        if found is not None:
            tail = _without_value(tail + piece, found)
    return size


def _inflated(source: Path, entry: zipfile.ZipInfo) -> Iterator[bytes]:
    with source.open("rb") as file:
        file.seek(entry.header_offset)
        header = file.read(30)
        if len(header) < 30 or header[:4] != b"PK\x03\x04":
            raise Refused("broken")
        file.seek(int.from_bytes(header[26:28], "little") + int.from_bytes(header[28:30], "little"), 1)
        left, stream = entry.compress_size, zlib.decompressobj(-15)
        while left > 0:
            piece = file.read(min(CHUNK, left))
            if not piece:
                raise Refused("broken")
            left -= len(piece)
            if entry.compress_type == zipfile.ZIP_STORED:
                yield piece
                continue
            while piece:
                yield stream.decompress(piece, CHUNK)
                piece = stream.unconsumed_tail


def _without_value(data: bytes, found: dict[tuple[int, int], str]) -> bytes:
    """Note cells that hold an error, and formulas that no program has worked out; the unread rest of `data`."""
    if b't="e"' in data:
        for letters, row, text in _BROKEN.findall(data):
            found[(int(row) - 1, _column(letters))] = text.decode("ascii", "replace")
    if b"<f" in data:
        for letters, row in _UNCOUNTED.findall(data):
            found[(int(row) - 1, _column(letters))] = ""
    end = data.rfind(b"<c ")
    return data[end:] if end > 0 and len(data) - end < CHUNK else b""


def _column(letters: bytes) -> int:
    number = 0
    for letter in letters:
        number = number * 26 + letter - 64
    return number - 1


# -- workbooks ------------------------------------------------------------------------------------------------------


def _workbook(source: Path, folder: Path, limits: dict[str, int], wrong: dict[str, Any]) -> list[dict[str, Any]]:
    import python_calamine as calamine

    try:
        book = calamine.CalamineWorkbook.from_path(str(source))
        sheets = [s for s in book.sheets_metadata if s.typ == calamine.SheetTypeEnum.WorkSheet]
        if not sheets:
            raise Refused("no-sheet")
        out = Out(limits)
        made = []
        for n, meta in enumerate(sheets[: limits["sheets"]]):
            sheet = book.get_sheet_by_name(meta.name)
            known = wrong.get(f"xl/worksheets/sheet{n + 1}.xml", {}) if len(wrong) else {}
            # calamine leaves empty columns at the left out, though not empty lines at the top.
            left = [""] * (sheet.start[1] if sheet.start else 0)
            rows = enumerate(left + row for row in sheet.iter_rows())
            said = out.sheet(folder / f"{n}.rows", meta.name, _marked(rows, known))
            merged = [m for m in sheet.merged_cell_ranges or () if m[0][0] < HEAD_LINES][:500]
            said["merged"] = [[*first, *last] for first, last in merged]
            said["hidden"] = meta.visible != calamine.SheetVisibleEnum.Visible
            made.append(said)
        return made
    except calamine.PasswordError as error:
        raise Refused("password") from error
    except calamine.CalamineError as error:
        raise Refused("broken") from error


def _marked(rows: Iterable[Row], wrong: dict[tuple[int, int], str]) -> Iterator[Row]:
    for line, cells in rows:
        if wrong:
            for at in range(len(cells)):
                if (line, at) in wrong and cells[at] == "":
                    cells[at] = [WRONG, wrong[(line, at)]]
        yield line, cells


class Out:
    """Writes rows and counts what is written; Refused past the limits."""

    def __init__(self, limits: dict[str, int]):
        self.limits, self.cells, self.written = limits, 0, 0

    def sheet(self, path: Path, name: str, rows: Iterable[tuple[int, list[Any]]]) -> dict[str, Any]:
        lines = columns = cells = last = 0
        limits = self.limits
        with path.open("wb") as file:
            for line, row in rows:
                kept = [_plain(cell) for cell in row]
                while kept and kept[-1] is None:
                    kept.pop()
                if not kept:
                    continue
                filled = sum(1 for cell in kept if cell is not None)
                lines, cells, last = lines + 1, cells + filled, line + 1
                columns = max(columns, len(kept))
                self.cells += filled
                if columns > limits["columns"]:
                    raise Refused("columns", sheet=name, most=limits["columns"])
                if lines > limits["lines"]:
                    raise Refused("lines", sheet=name, most=limits["lines"])
                if self.cells > limits["cells"]:
                    raise Refused("cells", most=limits["cells"])
                data = json.dumps([line + 1, kept], ensure_ascii=False, separators=(",", ":")).encode(
                    "utf-8", "replace") + b"\n"
                self.written += len(data)
                if self.written > limits["written"]:
                    raise Refused("text")
                file.write(data)
        return {"name": name[:200], "lines": lines, "columns": columns, "cells": cells, "last": last,
                "hidden": False, "merged": []}


def _plain(cell: Any) -> Any:
    if isinstance(cell, str):
        return cell if cell.strip() else None
    if cell is None or isinstance(cell, (bool, int, float, list)):
        if isinstance(cell, float) and (cell != cell or cell in (float("inf"), float("-inf"))):
            return [WRONG, ""]
        return cell
    if isinstance(cell, datetime):
        return [MOMENT, cell.isoformat()]
    if isinstance(cell, date):
        return [DAY, cell.isoformat()]
    if isinstance(cell, time):
        return [CLOCK, cell.isoformat()]
    if isinstance(cell, timedelta):
        return [SPAN, cell.total_seconds()]
    return str(cell)


# -- texts ----------------------------------------------------------------------------------------------------------


def _separated(source: Path, folder: Path, limits: dict[str, int], head: bytes) -> dict[str, Any]:
    """A table of texts: its encoding and what parts its cells are found out."""
    encoding = _encoding(source, head)
    csv.field_size_limit(limits["text_cell"])
    with source.open(encoding=encoding, newline="") as file:
        sample = file.read(SAMPLE)
        if any(ord(c) < 32 and c not in "\t\n\r\f\v" for c in sample):
            raise Refused("type")
        file.seek(0)
        start, delimiter = _delimiter(sample)
        for _ in range(start):
            file.readline()
        reader = csv.reader(file, delimiter=delimiter)
        try:
            return Out(limits).sheet(folder / "0.rows", "", _lines(reader, start))
        except csv.Error as error:
            raise Refused("long-cell" if "field limit" in str(error) else "broken", most=limits["text_cell"]) from error
        except UnicodeDecodeError as error:
            raise Refused("encoding") from error


def _lines(reader: Any, start: int) -> Iterator[tuple[int, list[Any]]]:
    before = start
    for row in reader:
        yield before, list(row)
        before = start + reader.line_num


def _encoding(source: Path, head: bytes) -> str:
    """UTF-8, UTF-16, or Windows Cyrillic. KZ-1048 is Windows-1251 with Kazakh letters in place of Ukrainian ones."""
    if head.startswith((b"\xff\xfe", b"\xfe\xff")):
        return "utf-16"
    if b"\0" in head:
        for encoding in ("utf-16-le", "utf-16-be"):
            if _is_written(head[: len(head) // 4 * 2], encoding):
                return encoding
        raise Refused("type")
    with source.open("rb") as file:
        wrapped = io.TextIOWrapper(file, encoding="utf-8", newline="")
        try:
            while wrapped.read(CHUNK):
                pass
            return "utf-8-sig"
        except UnicodeDecodeError:
            return "kz1048"


def _is_written(sample: bytes, encoding: str) -> bool:
    """Does the sample make sense as letters, figures and their marks in this encoding?"""
    try:
        text = sample.decode(encoding)
    except UnicodeDecodeError:
        return False
    known = sum(1 for c in text if (c.isprintable() and (c < "\u0530" or "\u2000" <= c < "\u2120")) or c in "\t\r\n")
    return known > 0.95 * len(text)


def _delimiter(sample: str) -> tuple[int, str]:
    """Lines to leave out before the table, and the sign between its cells."""
    first = sample.split("\n", 1)[0].strip().strip("\ufeff")
    told = re.fullmatch(r"sep=(.)", first)
    if told:
        return 1, told[1]
    best, chosen = 0.0, ","
    for sign in ("\t", ";", ",", "|"):
        try:
            widths = [len(row) for row in csv.reader(io.StringIO(sample[:20_000]), delimiter=sign) if any(row)][:50]
        except csv.Error:
            continue
        widths = widths[:-1] or widths  # the last line of a sample may be cut
        most = max(set(widths), key=widths.count, default=1)
        score = most * widths.count(most) / max(len(widths), 1) if most > 1 else 0
        if score > best:
            best, chosen = score, sign
    return 0, chosen


def _bound(limits: dict[str, int]) -> None:
    """Bound the memory and the time of this process, where the system can."""
    try:
        import resource
    except ImportError:  # Windows: the counts above are all there is
        return
    for kind, most in ((resource.RLIMIT_AS, limits["memory"]), (resource.RLIMIT_CPU, limits["seconds"])):
        hard = resource.getrlimit(kind)[1]
        resource.setrlimit(kind, (most if hard < 0 else min(most, hard), hard))


if __name__ == "__main__":
    bounds = json.loads(sys.argv[3])
    _bound(bounds)
    try:
        answer = main(Path(sys.argv[1]), Path(sys.argv[2]), bounds)
    except Refused as refused:
        answer = {"refused": refused.code, **refused.said}
    except MemoryError:
        answer = {"refused": "bomb"}
    print(json.dumps(answer))
