"""The tables stand on PostgreSQL as on SQLite."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sqlalchemy import inspect

from briefing import settings
from briefing.delivery.store.database import open_database
from briefing.delivery.store.tables import METADATA

if TYPE_CHECKING:
    from tests.conftest import MakePublication


def test_the_tables_are_made_once(publication: MakePublication, postgresql_url: str) -> None:
    environment = {"BRIEFING_DATABASE_URL": postgresql_url, "BRIEFING_SECRET": "s" * 32}
    root = publication()
    for _ in range(2):
        database = open_database(settings.load(root), environment)
        assert database.is_shared
        with database.reading() as connection:
            assert sorted(inspect(connection).get_table_names()) == sorted(METADATA.tables)
        database.close()
