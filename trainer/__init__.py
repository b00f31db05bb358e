"""Training: from the drawn world to the packaged mini, by the method of the paper."""
