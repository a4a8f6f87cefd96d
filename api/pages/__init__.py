"""Pages for people without an account: opened by a personal link, rendered on the server, usable without JavaScript."""
