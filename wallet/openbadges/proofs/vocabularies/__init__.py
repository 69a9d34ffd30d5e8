"""What the words of contexts stand for, and the contexts of issuers that we do not have."""
