"""The packaged mini: weights, tokenizer, adapter and their card. No code."""
