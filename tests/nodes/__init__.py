"""A wallet on several machines: what takes minutes, or tools that `make test` does without (`make soak PART=nodes`)."""
