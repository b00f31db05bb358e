"""From scores to results: probability, near-duplicates, and what the second stage saw."""
