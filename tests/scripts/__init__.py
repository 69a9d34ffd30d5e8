"""Scripts of ours, each asked on a page alone."""
