"""What is signed here: who a holder is, and what this instance says itself."""
