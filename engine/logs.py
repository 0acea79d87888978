"""Log lines: JSON, one an event, with the request id. Never values that people typed, names or secrets.

JSON escapes control characters, so a line cannot be forged by a clever file name.
"""

from __future__ import annotations

import json
import logging
import re
import sys
from functools import cache
from typing import Any


class _Log:
    """structlog's logger, imported with the first line: it takes a fifth of a second, and /health says no line."""

    def info(self, event: str, **values: Any) -> None:
        _logger().info(event, **values)

    def warning(self, event: str, **values: Any) -> None:
        _logger().warning(event, **values)

    def error(self, event: str, **values: Any) -> None:
        _logger().error(event, **values)


log = _Log()
_level = logging.INFO


def configure(level: int = logging.INFO) -> None:
    """Send everything from `level` on to standard error as JSON lines. Calling it twice changes nothing."""
    global _level
    if level != _level:
        _level = level
        _logger.cache_clear()


_SECRET = re.compile(
    r"(?<![0-9])[0-9]{12}(?![0-9])"  # an IIN
    r"|\bqk_[A-Za-z0-9_-]{16,}"  # a key of the API
    r"|(?i:\b(?:password|passwd|token|secret|authorization|cookie|code)\b)[\"\']?\s*[:=]\s*[^\s,;]+(?:\s+[A-Za-z0-9._-]{16,})?"
    r"|\[parameters: .*\]",  # what a statement was given, in errors of the database
    re.DOTALL)
"""What is taken out of every line, wherever an error brought it along. The words of the engine itself hold none."""
HIDDEN = "[hidden]"


def _without_secrets(logger: Any, method: str, event: dict[str, Any]) -> dict[str, Any]:
    return {key: _cleaned(value) for key, value in event.items()}


_UNSEEN = re.compile("[\x7f-\x9f\u2028\u2029\u200e\u200f\u202a-\u202e\u2066-\u2069]")
"""What JSON may leave as it is, and some viewers take for the end of a line or for another direction of writing."""


def _written(logger: Any, method: str, event: dict[str, Any]) -> str:
    text = json.dumps(event, ensure_ascii=False, default=repr)
    return _UNSEEN.sub(lambda found: f"\\u{ord(found[0]):04x}", text)


def _cleaned(value: Any) -> Any:
    if isinstance(value, str):
        return _SECRET.sub(HIDDEN, value)
    if isinstance(value, dict):
        return {key: _cleaned(one) for key, one in value.items()}
    return [_cleaned(one) for one in value] if isinstance(value, (list, tuple)) else value


@cache
def _logger() -> Any:
    import structlog
    from structlog.tracebacks import ExceptionDictTransformer

    structlog.configure(
        processors=[
            structlog.contextvars.merge_contextvars,
            structlog.processors.add_log_level,
            structlog.processors.TimeStamper(fmt="iso", utc=True),
            # Without what stood in variables: that is what people typed.
            structlog.processors.ExceptionRenderer(ExceptionDictTransformer(show_locals=False)),
            _without_secrets,
            _written,
        ],
        wrapper_class=structlog.make_filtering_bound_logger(_level),
        logger_factory=lambda *_: structlog.PrintLogger(sys.stderr),  # as it is when the line is written
        cache_logger_on_first_use=False,
    )
    return structlog.get_logger("qurastyr")
