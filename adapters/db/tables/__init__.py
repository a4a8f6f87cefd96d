"""The tables: the record, the read model made from it, messages, people."""
