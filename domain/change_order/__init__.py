"""One change order: its own people, pace and end. The engagement keeps the register and computes the route."""
