"""What a query says, from what was typed to what is asked of photos."""
