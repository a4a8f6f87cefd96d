"""The database: tables, record, read model and queries."""
