"""A library that was damaged: finding out, and mending."""
