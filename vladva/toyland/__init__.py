"""Toyland: a drawn world in which the truth of every sentence is known."""
