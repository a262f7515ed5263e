"""A helpdesk of generated conversations that speaks Zendesk's API, for the demo and for tests."""
