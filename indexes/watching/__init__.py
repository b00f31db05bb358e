"""Following what happens in the roots of a library, for days."""
