"""The processes of the embedded stack."""
