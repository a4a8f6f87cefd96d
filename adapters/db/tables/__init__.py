"""Tables: the record, the read model built from it, messages, and people."""
