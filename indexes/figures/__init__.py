"""What the index promises, measured: a command a figure."""
