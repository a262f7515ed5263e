"""Conversations of a made-up company, so that a newcomer sees the product at work.

Every word, person and number here is invented. Addresses end in `.example`, telephone numbers come
from ranges set aside for fiction, bank accounts name a bank that does not exist.
"""
