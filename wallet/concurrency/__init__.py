"""Threads of their own for what waits for others, turns by network, and for whom a thread works."""
