"""The packaged clip-mini: weights, tokenizer and their card. No code."""
