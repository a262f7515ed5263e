"""Freezing what is held about a person (GDPR Art. 18), and ending that."""
