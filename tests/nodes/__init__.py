"""Several nodes, and the engines that they share: stopped, killed, and there again."""
