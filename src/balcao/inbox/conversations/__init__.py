"""A conversation: with whom, on which channel, in which line, in whose hands, and every word of it in one order.

What comes in comes by `inbox.receiving`; what is said to the person is said by `speaking`; `lines` gives, moves and
takes back; `presence` knows who is there; `pausing` and `closing` end; `papers` ties it to cases; `queries` reads."""
