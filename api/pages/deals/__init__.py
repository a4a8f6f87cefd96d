"""The pages on which a deal is begun."""
