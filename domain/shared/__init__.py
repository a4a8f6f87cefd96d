"""Values, text, time, errors and events that every part of the domain shares."""
