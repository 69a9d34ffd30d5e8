"""The only package that opens connections: HTTP to issuers, SMTP to the operator's mail server."""
