"""What a holder shows, to whom, until when."""
