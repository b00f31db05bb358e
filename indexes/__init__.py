"""The index: photo folders in, rows and vectors kept, hits out."""
