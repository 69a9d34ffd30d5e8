"""One file of tests for each file of wallet/arrivals/platforms/."""
