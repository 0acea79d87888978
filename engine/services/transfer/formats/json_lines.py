"""JSON Lines: one record a line, as the API says it, rows inside. For programs and for keeping."""

from __future__ import annotations

from typing import TYPE_CHECKING, BinaryIO

from engine.services.encoding import dumps

if TYPE_CHECKING:
    from engine.services.transfer.exporting.table import Table


class JsonLines:
    name, extension, media_type = "jsonl", "jsonl", "application/jsonl"
    title = "JSON Lines"

    def write(self, table: Table, out: BinaryIO) -> int:
        """Write the table; the number of lines written."""
        count = 0
        for one in table.objects():
            out.write(dumps(one) + b"\n")
            count += 1
        return count
