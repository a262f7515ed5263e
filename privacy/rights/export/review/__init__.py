"""A copy in which others are mentioned a lot: somebody looks before it is handed out."""
