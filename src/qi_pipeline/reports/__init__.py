"""What people read: decision reports, notices, spreadsheets."""
