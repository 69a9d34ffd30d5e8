"""The badges that a holder keeps: how they come in, what is written of them, how many bytes they take."""
