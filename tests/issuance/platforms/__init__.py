"""One file of tests for each file of wallet/issuance/platforms/."""
