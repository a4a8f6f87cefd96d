"""Pages for people without an account: opened by a personal link, drawn here, whole without JavaScript."""
