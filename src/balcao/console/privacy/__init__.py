"""People's data: what a person may ask, how long words are kept, what must not be touched."""
