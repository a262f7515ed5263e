"""Correcting what is held about a person (GDPR Art. 16): proposed by one, looked at by another,
done by the app that owns the data, and told to whom it was disclosed (Art. 19)."""
