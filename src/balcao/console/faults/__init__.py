"""Nothing fails silently: one page for whatever an operator could mend."""
