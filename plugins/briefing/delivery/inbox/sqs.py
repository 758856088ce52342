"""A queue of Amazon SQS: its messages a few at a time, each deleted only once it has been taken in."""

from __future__ import annotations

from contextlib import contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

import boto3
from botocore.config import Config
from botocore.exceptions import BotoCoreError, ClientError

from briefing.errors import BriefingError

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from briefing.delivery.inbox.inbox_url import QueueSource

_AT_ONCE: Final = 10  # the most that SQS gives
_LOOK: Final = 2  # seconds to wait for a message: long enough to ask all of SQS's servers
_HIDDEN: Final = 120  # seconds for which a message is ours before others may have it


class QueueUnreadableError(BriefingError):
    """The queue could not be read. What was taken in stays so, and is not repeated."""


@dataclass(frozen=True, slots=True)
class Message:
    """A message of the queue. handle: by which it is deleted."""

    id: str
    handle: str
    body: str


class SqsQueue:
    """One queue."""

    def __init__(self, client: Any, url: str) -> None:  # noqa: ANN401 - boto3 makes its classes at run time
        """`client`: boto3's, for SQS."""
        self._client = client
        self._url = url
        self._seen: set[str] = set()

    def batches(self, *, is_dry: bool) -> Iterator[list[Message]]:
        """Messages until there are none that this run has not seen; a dry look lets them appear again soon."""
        while True:
            answer = self._client.receive_message(
                QueueUrl=self._url,
                MaxNumberOfMessages=_AT_ONCE,
                WaitTimeSeconds=_LOOK,
                VisibilityTimeout=_LOOK * _AT_ONCE if is_dry else _HIDDEN,
            )
            found = [Message(one["MessageId"], one["ReceiptHandle"], one["Body"]) for one in answer.get("Messages", ())]
            new = [message for message in found if message.id not in self._seen]
            if not new:
                return
            self._seen.update(message.id for message in new)
            yield new

    def delete(self, messages: Sequence[Message]) -> None:
        """Let go of messages; one that cannot be deleted comes again, and changes nothing then."""
        if messages:
            entries = [{"Id": str(n), "ReceiptHandle": one.handle} for n, one in enumerate(messages)]
            self._client.delete_message_batch(QueueUrl=self._url, Entries=entries)


@contextmanager
def open_queue(source: QueueSource) -> Iterator[SqsQueue]:
    """The queue while the block runs; the keys are those of boto3's own environment. Raises QueueUnreadableError."""
    host = source.endpoint or f"https://sqs.{source.region}.amazonaws.com"
    url = f"{host}/{source.account}/{source.queue}"
    settings = Config(connect_timeout=10, read_timeout=30, retries={"total_max_attempts": 3, "mode": "standard"})
    try:
        client = boto3.client("sqs", region_name=source.region, endpoint_url=source.endpoint or None, config=settings)
        yield SqsQueue(client, url)
    except ClientError as error:
        code = error.response.get("Error", {}).get("Code", "an error")
        msg = f"{source.name}: Amazon answers {code}; check the queue's name, and that the keys may receive and delete"
        raise QueueUnreadableError(msg) from error
    except BotoCoreError as error:
        msg = f"{source.name} cannot be read ({type(error).__name__}); check the network and AWS's keys (AWS_...)"
        raise QueueUnreadableError(msg) from error
