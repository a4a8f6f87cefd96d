"""REST, `/api/v1`: one file a subject."""
