"""Files: reading with errors that name file and key, writing that never leaves half a result."""
