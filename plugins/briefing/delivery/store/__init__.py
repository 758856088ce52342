"""The database of subscribers and deliveries, and what its secret protects: tokens, links and backups."""
