"""Webhooks out: another system is told what has happened, signed, in order of the event table, until it says yes."""
