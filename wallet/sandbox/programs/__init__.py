"""Programs that look at strangers' bytes in a bounded child; they import nothing of the wallet."""
