"""Log lines: JSON, one an event, with the request id. Never values that people typed, names or secrets.

JSON escapes control characters, so a line cannot be forged by a clever file name.
"""

from __future__ import annotations

import logging
import sys

import structlog

log = structlog.get_logger("qurastyr")


def configure(level: int = logging.INFO) -> None:
    """Send everything to standard error as JSON lines. Calling it twice changes nothing."""
    structlog.configure(
        processors=[
            structlog.contextvars.merge_contextvars,
            structlog.processors.add_log_level,
            structlog.processors.TimeStamper(fmt="iso", utc=True),
            structlog.processors.dict_tracebacks,
            structlog.processors.JSONRenderer(ensure_ascii=False),
        ],
        wrapper_class=structlog.make_filtering_bound_logger(level),
        logger_factory=structlog.PrintLoggerFactory(sys.stderr),
        cache_logger_on_first_use=False,
    )
