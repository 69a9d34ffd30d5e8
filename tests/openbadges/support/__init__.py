"""What the tests of the engine share: issuers with keys, hostile documents, badges of strangers, other implementations."""
