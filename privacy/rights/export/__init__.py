"""Copies of a person's data: for themselves (GDPR Art. 15) and to take along (Art. 20)."""
