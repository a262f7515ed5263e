"""Which team an agent is in, since when: said by the helpdesk, or by an admin."""
