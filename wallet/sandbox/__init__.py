"""The bounded child process, and the programs that run in it."""
