"""Segments: sealed entries put into a file with a seal of its own, so that they can be kept apart after the legal term.

A file of JSON Lines, compressed: a head, a line for each seal with its entry, a foot that is signed over all of it.
It is proved by the key alone, without the database. Nothing is removed from the database here.
"""

from __future__ import annotations

import gzip
import hashlib
import hmac
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import Any

import orjson
import sqlalchemy as sa

from engine.errors import Invalid, Problem
from engine.ids import parse_id
from engine.language import N_
from engine.services.actor import system
from engine.services.audit import Entry
from engine.services.journal.verifying import Finding, sealed_entries
from engine.storage.journal_codes import BEGINNING, COLUMNS, code_of, linked, signed
from engine.storage.purposes import BOOKKEEPING
from engine.storage.queries.writing import insert_into
from engine.storage.system.tables import SEAL, STATE

KIND = "qurastyr journal segment"
PLACE = "journal segments"
TERM_MONTHS = 36
"""How long entries stay before the law lets them be put aside, where no other term is given."""
NOTHING = Problem("journal.segment", N_("Nothing was sealed in this time that is not in a segment yet"))
TAKEN = N_("There is a file %(file)s already")


@dataclass(frozen=True)
class Segment:
    """What a file holds: seals `first` to `last`, both inclusive."""

    file: Path
    first: int
    last: int


@dataclass
class SegmentProof:
    """What a look at a file came to."""

    findings: list[Finding] = field(default_factory=list)
    entries: int = 0
    first: int = 0
    last: int = 0
    readable: bool = True
    """False where it is no segment, was cut, or its foot was not written with this key."""

    @property
    def whole(self) -> bool:
        return self.readable and not self.findings


def export_segment(site: Any, until: datetime, file: Path | None = None) -> Segment:
    """Write everything sealed before `until` that no segment holds yet. `file`: by default in the data folder.

    Raises Invalid when there is nothing, or the file is there already. The journal keeps an entry of it.
    """
    with site.database.snapshot(BOOKKEEPING) as connection:
        first = _next(connection)
        last = connection.scalar(sa.select(sa.func.max(SEAL.c.number)).where(SEAL.c.at < until)) or 0
        if last < first:
            raise Invalid([NOTHING])
        place = file or site.settings.data / f"journal-{first}-{last}.segment.gz"
        if place.exists():
            raise Invalid([Problem("journal.taken", TAKEN, "", {"file": str(place)})])
        before = connection.scalar(sa.select(SEAL.c.chain).where(SEAL.c.number == first - 1)) or BEGINNING
        draft = place.with_name(f"{place.name}.new")
        with gzip.open(draft, "wb") as out:
            digest = _write(out, sealed_entries(connection, first - 1, last), {
                "kind": KIND, "first": first, "last": last, "before": before.hex()})
            foot = {"digest": digest, "first": first, "last": last}
            out.write(orjson.dumps({**foot, "signature": signed(site.journal_key, foot)}) + b"\n")
    draft.replace(place)
    made = Segment(place, first, last)
    site.write(system(), lambda uow: _note(uow, made, digest))
    return made


def _write(out: Any, rows: Iterator[Any], head: Mapping[str, Any]) -> str:
    """The head and the lines; the SHA-256 over them."""
    total = hashlib.sha256()

    def line(value: Any) -> None:
        text = orjson.dumps(value, option=orjson.OPT_SORT_KEYS) + b"\n"
        total.update(text)
        out.write(text)

    line(head)
    for row in rows:
        entry = None if row.id is None else {name: getattr(row, name) for name in COLUMNS}
        line({"number": row.number, "entry_id": row.entry_id, "at": row.sealed_at, "adopted": bool(row.adopted),
              "chain": row.chain.hex(), "code": row.code.hex() if row.code else None, "entry": entry})
    return total.hexdigest()


def _next(connection: sa.Connection) -> int:
    """The first seal that no segment holds."""
    kept = connection.scalar(sa.select(STATE.c.value).where(STATE.c.key == PLACE)) or []
    return max((one["last"] for one in kept), default=0) + 1


def _note(uow: Any, made: Segment, digest: str) -> None:
    kept = list(uow.execute(sa.select(STATE.c.value).where(STATE.c.key == PLACE)).scalar() or [])
    kept.append({"first": made.first, "last": made.last, "digest": digest, "at": uow.now.isoformat()})
    statement = insert_into(uow.connection, STATE).values(key=PLACE, value=kept)
    uow.execute(statement.on_conflict_do_update(index_elements=[STATE.c.key], set_={"value": kept}))
    uow.record(Entry("journal segment", "", None, changes={
        "file": made.file.name, "records": made.last - made.first + 1, "digest": digest}))


def verify_segment(key: bytes, file: Path) -> SegmentProof:
    """Prove a file by the key alone. FileNotFoundError when it is not there."""
    proof, total = SegmentProof(), hashlib.sha256()
    try:
        with gzip.open(file, "rb") as lines:
            text = next(lines)
            head = orjson.loads(text)
            if head.get("kind") != KIND:
                raise ValueError(KIND)
            proof.first, proof.last = head["first"], head["last"]
            number, chain = proof.first - 1, bytes.fromhex(head["before"])
            total.update(text)
            foot: dict[str, Any] = {}
            for text in lines:
                told = orjson.loads(text)
                if "signature" in told:
                    foot = told
                    break
                total.update(text)
                number, chain = _judge(key, told, number, chain, proof)
            rest = next(lines, b"")
    except FileNotFoundError:
        raise
    except (OSError, EOFError, StopIteration, ValueError, KeyError, TypeError, AttributeError):
        proof.readable = False
        return proof
    expected = {"digest": total.hexdigest(), "first": proof.first, "last": proof.last}
    genuine = hmac.compare_digest(signed(key, expected), str(foot.get("signature", "")))
    proof.readable = genuine and number == proof.last and not rest
    return proof


def _judge(key: bytes, told: Mapping[str, Any], number: int, chain: bytes, proof: SegmentProof) -> tuple[int, bytes]:
    """One line: its entry against its code, its seal against the one before."""
    own, entry = bytes.fromhex(told["chain"]), told["entry"]
    id = parse_id(told["entry_id"])
    if told["number"] != number + 1:
        proof.findings.append(Finding("seal missing", id, number + 1))
    elif entry is None:
        proof.findings.append(Finding("deleted", id, told["number"]))
    else:
        proof.entries += 1
        moment = datetime.fromisoformat(entry["at"])
        code = code_of(key, {**entry, "at": moment})
        if told["code"] is not None and not hmac.compare_digest(code, bytes.fromhex(told["code"])):
            proof.findings.append(Finding("edited", id, told["number"]))
        elif id is None or not hmac.compare_digest(own, linked(
                key, chain, told["number"], id, datetime.fromisoformat(told["at"]), told["adopted"], code)):
            proof.findings.append(Finding("seal changed", id, told["number"]))
    return told["number"], own
