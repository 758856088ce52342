"""The log: what a command does, step by step. It contains no reader's address and no secret.

`--verbose` writes it to standard error, BRIEFING_LOG to the end of a file. Without either, a command does not even
import `logging`.
"""

from __future__ import annotations

import os
import sys
import time
from contextlib import contextmanager
from typing import TYPE_CHECKING, Final
from urllib.parse import urlsplit

from briefing.errors import WrongUseError

if TYPE_CHECKING:
    import logging
    from collections.abc import Callable, Iterator, Mapping

VARIABLE: Final = "BRIEFING_LOG"
_PACKAGE: Final = "briefing"
_FORMAT: Final = "%(asctime)s.%(msecs)03d %(process)d %(name)s: %(message)s"
_TIME: Final = "%Y-%m-%dT%H:%M:%S"


@contextmanager
def logged(command: str, environment: Mapping[str, str]) -> Iterator[None]:
    """Log to the file that the environment names, if any, and to standard error after `start_verbose`, to the block's end.

    command: its name only; its arguments may be addresses. Raises WrongUseError if the file cannot be written.
    """
    started = time.monotonic()
    try:
        if file := environment.get(VARIABLE, ""):
            _start_file(file)
            _write("%s started", command)
        yield
    finally:
        if "logging" in sys.modules:
            _write("%s ended after %.3f s", command, time.monotonic() - started)
            _stop()


def start_verbose() -> None:
    """Log to standard error from now on, until the command ends."""
    import logging

    if not is_verbose():
        _start(logging.StreamHandler(sys.stderr))


def is_verbose() -> bool:
    """Whether the log goes to standard error."""
    import logging

    return any(type(handler) is logging.StreamHandler for handler in logging.getLogger(_PACKAGE).handlers)


def _start_file(file: str) -> None:
    import logging

    try:
        os.close(os.open(file, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600))
        handler = logging.FileHandler(file, encoding="utf-8")
    except OSError as error:
        msg = f"{VARIABLE}: cannot write {file} ({error.strerror}); name a file that you can write"
        raise WrongUseError(msg) from error
    _start(handler)


def _start(handler: logging.Handler) -> None:
    import logging

    handler.setFormatter(logging.Formatter(_FORMAT, _TIME))
    # Pelican makes every logger drop a record that repeats an earlier one: not ours, whether it exists or is still to come.
    manager = logging.Logger.manager
    manager.setLoggerClass(logging.Logger)
    for name, logger in manager.loggerDict.items():
        if isinstance(logger, logging.Logger) and (name in _LIBRARIES or name.partition(".")[0] == _PACKAGE):
            logger.filters.clear()
    for name in (_PACKAGE, *_LIBRARIES):
        logger = logging.getLogger(name)
        logger.addHandler(handler)
        logger.addFilter(_redact)
        logger.setLevel(logging.DEBUG)
        logger.propagate = False


def _stop() -> None:
    import logging

    for name in (_PACKAGE, *_LIBRARIES):
        logger = logging.getLogger(name)
        for handler in [*logger.handlers]:
            logger.removeHandler(handler)
            handler.close()
        logger.removeFilter(_redact)
        logger.setLevel(logging.NOTSET)
        logger.propagate = True
    logging.Logger.manager.loggerClass = None


def _write(message: str, *values: object) -> None:
    import logging

    logging.getLogger(_PACKAGE).info(message, *values)


def _redact(record: logging.LogRecord) -> bool:
    """Keep a library's record of a request as method, host and status only: paths and queries may contain tokens."""
    if record.name not in _LIBRARIES:
        return True
    try:
        record.msg, record.args = _LIBRARIES[record.name](*record.args or ()), ()
    except TypeError:  # a record of another kind, with other values
        return False
    return True


def _of_httpx(method: str, url: object, _version: str, status: int, _reason: str) -> str:
    return f"{method} {urlsplit(str(url)).netloc.rpartition('@')[2]}: {status}"


def _of_urllib3(
    _scheme: str, host: str, port: int, method: str, _path: str, _version: str, status: int, _length: object
) -> str:
    return f"{method} {host}:{port}: {status}"


_LIBRARIES: Final[Mapping[str, Callable[..., str]]] = {"httpx": _of_httpx, "urllib3.connectionpool": _of_urllib3}
"""The loggers of libraries that make requests, and what is kept of the values of their record of a request."""
