"""What an agency has settled, read and changed by other systems as the console's settings are by people."""
