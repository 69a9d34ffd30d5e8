"""Who vouches for an issuer: tests of wallet/trust."""
