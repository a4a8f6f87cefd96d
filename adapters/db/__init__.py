"""The database: tables, the record, the read model and its queries."""
