"""A conversation goes on in another agency of the same installation, when the person has said yes (docs/adr/0013).

`places` says where to, `asking` asks, `answering` understands what they say, `passing` hands over what was talked
about; `across` knows what a channel can do."""
