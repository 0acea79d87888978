"""Settings of one installation: where its data lies, which database, the secrets made on first start.

One folder holds everything that has to be kept: `DIR/qurastyr.db` (SQLite), `DIR/files`, `DIR/secrets` (0600).
The command line wins over the environment (`QURASTYR_DATA`, `QURASTYR_DATABASE`), which wins over the defaults.
"""

from __future__ import annotations

import os
import re
import secrets
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

DATA = "QURASTYR_DATA"
DATABASE = "QURASTYR_DATABASE"
POLICY = "QURASTYR_POLICY"
DATABASE_ROLE = "QURASTYR_DATABASE_ROLE"
SMTP, MAIL_FROM, ADDRESS = "QURASTYR_SMTP", "QURASTYR_MAIL_FROM", "QURASTYR_ADDRESS"
SECURITY_CONTACT = "QURASTYR_SECURITY_CONTACT"
SECRET_BYTES = 32


@dataclass(frozen=True)
class Settings:
    data: Path
    database_url: str
    zone: str = "Asia/Almaty"
    threads: int = 8
    """Threads of the server; the pool of connections is sized for them."""
    file_limit: int = 50 * 1024 * 1024
    """Bytes accepted for one file where its field says nothing."""
    smtp: str = field(default="", repr=False)
    """`smtp://user:password@host:587` or `smtps://…`; empty: letters go into the folder `mail` of the data."""
    mail_from: str = "qurastyr@localhost"
    address: str = "http://localhost:8000"
    """Where people reach the site: links in letters begin so, never with what a request says of itself."""
    policy: str = ""
    """Name of the policy of signing in; empty: `default`, or that of the sample school on a site that holds it."""
    database_role: str = ""
    """On PostgreSQL: the role that connections take which serve people; it owns no table, and row level security holds
    for it (engine/storage/net.py). Empty: none."""
    security_contact: str = ""
    """Where vulnerabilities are reported, told in /.well-known/security.txt: `mailto:` or https; empty: nowhere."""

    @classmethod
    def of(cls, data: str | Path | None = None, database: str | None = None,
           environment: Mapping[str, str] | None = None, **more: Any) -> Settings:
        """Settings from explicit values, then `environment` (the process's own by default), then defaults."""
        known = os.environ if environment is None else environment
        folder = Path(data or known.get(DATA) or "data").expanduser().resolve()
        url = database or known.get(DATABASE) or f"sqlite:///{folder / 'qurastyr.db'}"
        more.setdefault("database_role", known.get(DATABASE_ROLE, ""))
        more.setdefault("security_contact", _contact(known.get(SECURITY_CONTACT) or ""))
        return cls(folder, normal_url(url), **{**_mail(known), "policy": known.get(POLICY, ""), **more})

    @classmethod
    def from_args(cls, args: Any, environment: Mapping[str, str] | None = None) -> Settings:
        """Settings from parsed arguments that may hold `data` and `database`."""
        return cls.of(getattr(args, "data", None), getattr(args, "database", None), environment)

    @property
    def sends_letters(self) -> bool:
        """Is there a mail server? Without one letters reach nobody."""
        return bool(self.smtp)

    @property
    def files(self) -> Path:
        return self.data / "files"

    @property
    def keys(self) -> Path:
        """The file with the keys of encrypted fields. It belongs into no backup of the database."""
        return self.data / "secrets" / "keys"

    def prepare(self) -> Settings:
        """Make the folders that are missing: OSError when they cannot be made."""
        for folder, mode in ((self.data, 0o750), (self.files, 0o750), (self.data / "secrets", 0o700)):
            folder.mkdir(parents=True, exist_ok=True, mode=mode)
        return self

    def secret(self, name: str = "session") -> bytes:
        """The secret key called `name`; made on first use, readable by the owner only.

        ValueError for a file that is too short to be a key: starting with a weak key is worse than not starting.
        """
        key = self.kept(name, lambda: secrets.token_bytes(SECRET_BYTES))
        if len(key) < SECRET_BYTES:
            raise ValueError(f"{self.data / 'secrets' / name}: the key is shorter than {SECRET_BYTES} bytes")
        return key

    def kept(self, name: str, make: Callable[[], bytes]) -> bytes:
        """The content of a file among the secrets; what `make` gives is written the first time."""
        path = self.data / "secrets" / name
        try:
            return path.read_bytes()
        except FileNotFoundError:
            self.prepare()
            return _write_once(path, make())


def _write_once(path: Path, key: bytes) -> bytes:
    """Write `key` unless another process has just written its own; return the one that counts."""
    draft = path.with_name(f"{path.name}.{secrets.token_hex(8)}.new")
    handle = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(handle, "wb") as file:
        file.write(key)
        file.flush()
        os.fsync(file.fileno())
    try:
        os.link(draft, path)  # fails when the name exists, so two first starts agree on one key
    except FileExistsError:
        key = path.read_bytes()
    finally:
        draft.unlink()
    return key


def _contact(text: str) -> str:
    """The address as a URI of one line (RFC 9116). ValueError for what nobody could write to."""
    uri = f"mailto:{text}" if "@" in text and ":" not in text else text
    if uri and not re.fullmatch(r"(mailto:[^@\s]+@|https://)[^\s]+", uri):
        raise ValueError(f"{SECURITY_CONTACT}: give an e-mail address or an address that begins with https://")
    return uri


def _mail(known: Mapping[str, str]) -> dict[str, str]:
    """What the environment says of letters; nothing where it says nothing."""
    said = {"smtp": known.get(SMTP), "mail_from": known.get(MAIL_FROM), "address": known.get(ADDRESS, "").rstrip("/")}
    return {key: value for key, value in said.items() if value}


def normal_url(url: str) -> str:
    """`postgres://` and `postgresql://` mean psycopg 3, the driver that is shipped."""
    for short in ("postgres://", "postgresql://"):
        if url.startswith(short):
            return "postgresql+psycopg://" + url.removeprefix(short)
    return url
