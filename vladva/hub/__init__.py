"""Models of the hub: what one holds, and how it comes to this disk, checked and once.

Nothing is fetched but through `fetch`, on an offer that somebody has seen. Refuses to know families
and tensors, and how people are asked.
"""
