"""Meta's Cloud API and one person's phone, on this machine: the real calls and webhooks, and its faults on demand.

`cloud` is what Meta does, `delivering` how it calls our webhook, `server` the addresses of it and of the phone's page.
For trying out without an account, and for the tests. It keeps nothing: when it ends, everything is forgotten."""
