"""The inbox: the conversations of an attendant's lines, and the page of one."""
