"""What staff and a person write to each other about a request."""
