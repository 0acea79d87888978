"""Sending one letter. Called by jobs alone: after the commit that decided upon it, and again when it fails."""

from __future__ import annotations

import os
import smtplib
import ssl
from dataclasses import dataclass
from email.message import EmailMessage
from email.utils import formatdate, make_msgid
from pathlib import Path
from urllib.parse import unquote, urlsplit

from engine.ids import new_id

PATIENCE = 20.0
"""Seconds for the mail server to answer."""


@dataclass(frozen=True)
class Letter:
    to: str
    subject: str
    text: str


def post(settings, letter: Letter) -> None:
    """Hand the letter over. Raises OSError or smtplib.SMTPException when that does not work: the job tries again."""
    message = EmailMessage()
    message["From"], message["To"], message["Subject"] = settings.mail_from, letter.to, letter.subject
    message["Date"], message["Message-ID"] = formatdate(localtime=False), make_msgid(domain="qurastyr")
    message.set_content(letter.text)
    if settings.smtp:
        _over_smtp(settings.smtp, message)
    else:
        _into(settings.data / "mail", message)


def _over_smtp(address: str, message: EmailMessage) -> None:
    """`smtp://user:password@host:587` begins TLS before it says anything; `smtps://` speaks it from the start. Only
    to this machine itself a letter may go without."""
    server = urlsplit(address)
    secure = ssl.create_default_context()
    host, port = server.hostname or "localhost", server.port
    if server.scheme == "smtps":
        connection: smtplib.SMTP = smtplib.SMTP_SSL(host, port or 465, timeout=PATIENCE, context=secure)
    else:
        connection = smtplib.SMTP(host, port or 587, timeout=PATIENCE)
    with connection:
        if server.scheme != "smtps" and host not in ("localhost", "127.0.0.1", "::1"):
            connection.starttls(context=secure)
        if server.username:
            connection.login(unquote(server.username), unquote(server.password or ""))
        connection.send_message(message)


def _into(folder: Path, message: EmailMessage) -> None:
    folder.mkdir(mode=0o700, exist_ok=True)
    path = folder / f"{new_id()}.eml"
    with os.fdopen(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb") as file:
        file.write(bytes(message))
