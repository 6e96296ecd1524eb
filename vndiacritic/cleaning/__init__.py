"""Cleaning: repair of damaged characters, and what each line of a document is."""
