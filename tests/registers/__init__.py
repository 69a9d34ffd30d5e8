"""The registers as they are kept: tests of wallet/registers."""
