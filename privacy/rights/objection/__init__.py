"""Objecting to a use of one's data (GDPR Art. 21): stopped first, weighed after."""
