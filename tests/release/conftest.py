"""The databases that releases share."""

from tests.delivery.postgresql import postgresql_server, postgresql_url

__all__ = ["postgresql_server", "postgresql_url"]
