"""What is known of a picture beside its pixels, one source a file."""
