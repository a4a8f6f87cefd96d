"""SOW and BRD as documents."""
