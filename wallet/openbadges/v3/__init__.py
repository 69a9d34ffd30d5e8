"""Open Badges 3.0, Verifiable Credentials and Europass."""
