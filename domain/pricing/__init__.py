"""The arithmetic of estimates, prices, margins and commission."""
