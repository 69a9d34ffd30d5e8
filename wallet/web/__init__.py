"""What a request passes before and after a route: limits, headers, access, the visit, answers."""
