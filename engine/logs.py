"""Log lines: JSON, one an event, with the request id. Never values that people typed, names or secrets.

JSON escapes control characters, so a line cannot be forged by a clever file name.
"""

from __future__ import annotations

import logging
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


@cache
def _logger() -> Any:
    import structlog

    structlog.configure(
        processors=[
            structlog.contextvars.merge_contextvars,
            structlog.processors.add_log_level,
            structlog.processors.TimeStamper(fmt="iso", utc=True),
            structlog.processors.dict_tracebacks,
            structlog.processors.JSONRenderer(ensure_ascii=False),
        ],
        wrapper_class=structlog.make_filtering_bound_logger(_level),
        logger_factory=lambda *_: structlog.PrintLogger(sys.stderr),  # as it is when the line is written
        cache_logger_on_first_use=False,
    )
    return structlog.get_logger("qurastyr")
