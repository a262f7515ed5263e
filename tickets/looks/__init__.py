"""Who looked at one's own data: dates, purposes and roles, no names."""
