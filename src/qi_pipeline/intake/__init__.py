"""Taking packets in: claiming, unpacking, keeping and quarantining, never losing one."""
