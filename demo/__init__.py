"""For trying out Interlock, and for its tests: nothing here runs in production."""
