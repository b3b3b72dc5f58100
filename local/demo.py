"""`./dev demo`: to be written."""
