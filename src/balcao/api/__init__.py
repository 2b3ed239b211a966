"""The machines' face: our own REST API, described by OpenAPI at `/api/`, and the webhooks that go out. Every function
here calls an action or a query of the rooms below and decides nothing."""
