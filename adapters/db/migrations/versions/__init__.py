"""One file per migration; a migration that was released is never edited."""
