"""For trying Interlock out, and for its tests: nothing here runs in production."""
