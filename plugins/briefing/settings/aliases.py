"""Former names."""

from __future__ import annotations

from functools import cached_property
from typing import TYPE_CHECKING

from pydantic import Field

from briefing.settings.values import Line, StrictModel

if TYPE_CHECKING:
    from collections.abc import Iterator

Names = dict[Line, list[Line]]


class Aliases(StrictModel):
    """Former names and other spellings, by the current name. Content that uses one counts as using the current name."""

    topics: Names = Field(default_factory=dict, description="Former names of topics: `{'Law': ['Policy']}`.")
    tags: Names = Field(default_factory=dict, description="Former names and other spellings of tags.")
    sources: Names = Field(
        default_factory=dict, description="Former names and other spellings of publishers: `{'Wired': ['WIRED']}`."
    )
    threads: Names = Field(default_factory=dict, description="Former names of threads' files, without `.md`.")
    curators: Names = Field(default_factory=dict, description="Former names of curators' files, without `.md`.")

    @cached_property
    def names(self) -> dict[str, dict[str, str]]:
        """The current name by the kind and a former name."""
        return {kind: {old: name for name, former in names.items() for old in former} for kind, names in self.kinds()}

    def kinds(self) -> Iterator[tuple[str, dict[str, list[str]]]]:
        """Each kind with its names."""
        return ((kind, getattr(self, kind)) for kind in Aliases.model_fields)
