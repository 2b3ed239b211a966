"""The alarms that rang."""
