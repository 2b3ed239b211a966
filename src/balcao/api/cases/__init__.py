"""Cases, as other systems read and move them. One router: each module adds its operations."""

from ninja import Router

router = Router(tags=["cases"])
