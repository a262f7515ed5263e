"""Where people ask for their rights, without an account."""
