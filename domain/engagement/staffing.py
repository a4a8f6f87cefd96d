"""Who holds which role: proposed, asked for, accepted in words, handed over, released. Never by default."""

TAKES_OVER = "takes_over_from"
