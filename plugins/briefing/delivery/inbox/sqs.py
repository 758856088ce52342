"""An Amazon SQS queue: messages in batches, deleted only after they are processed."""

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

_BATCH: Final = 10  # the maximum of SQS
_WAIT: Final = 2  # seconds; long enough for SQS to query all of its servers
_VISIBILITY: Final = 120  # seconds until others can receive a message again


class QueueUnreadableError(BriefingError):
    """The queue could not be read. What was processed stays processed."""


@dataclass(frozen=True, slots=True)
class Message:
    """A message of the queue. handle: for deleting it."""

    id: str
    handle: str
    body: str


class SqsQueue:
    """One queue."""

    def __init__(self, client: Any, url: str) -> None:  # noqa: ANN401 - boto3 creates its classes at run time
        """`client`: boto3's, for SQS."""
        self._client = client
        self._url = url
        self._seen: set[str] = set()

    def batches(self, *, is_dry: bool) -> Iterator[list[Message]]:
        """Messages until this run has seen all of them. After a dry run they soon become visible again."""
        while True:
            answer = self._client.receive_message(
                QueueUrl=self._url,
                MaxNumberOfMessages=_BATCH,
                WaitTimeSeconds=_WAIT,
                VisibilityTimeout=_WAIT * _BATCH if is_dry else _VISIBILITY,
            )
            found = [Message(one["MessageId"], one["ReceiptHandle"], one["Body"]) for one in answer.get("Messages", ())]
            new = [message for message in found if message.id not in self._seen]
            if not new:
                return
            self._seen.update(message.id for message in new)
            yield new

    def delete(self, messages: Sequence[Message]) -> None:
        """Delete messages. One that cannot be deleted arrives again, and changes nothing."""
        if messages:
            entries = [{"Id": str(n), "ReceiptHandle": one.handle} for n, one in enumerate(messages)]
            self._client.delete_message_batch(QueueUrl=self._url, Entries=entries)


@contextmanager
def open_queue(source: QueueSource) -> Iterator[SqsQueue]:
    """The queue, with the credentials that boto3 finds. Raises QueueUnreadableError."""
    host = source.endpoint or f"https://sqs.{source.region}.amazonaws.com"
    url = f"{host}/{source.account}/{source.queue}"
    settings = Config(connect_timeout=10, read_timeout=30, retries={"total_max_attempts": 3, "mode": "standard"})
    try:
        client = boto3.client("sqs", region_name=source.region, endpoint_url=source.endpoint or None, config=settings)
        yield SqsQueue(client, url)
    except ClientError as error:
        code = error.response.get("Error", {}).get("Code", "an error")
        msg = f"{source.name}: Amazon returned {code}; check the name of the queue, and that the keys are allowed to receive and delete"
        raise QueueUnreadableError(msg) from error
    except BotoCoreError as error:
        msg = f"{source.name} cannot be read ({type(error).__name__}); check the network and AWS's keys (AWS_...)"
        raise QueueUnreadableError(msg) from error
