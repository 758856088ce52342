"""The databases that every part of delivery is tested on."""

from tests.delivery.postgresql import postgresql_server, postgresql_url

__all__ = ["postgresql_server", "postgresql_url"]
