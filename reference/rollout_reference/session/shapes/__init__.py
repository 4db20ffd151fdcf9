"""Typed shapes of JSON values: how strictly a value is read, and how it is written."""
