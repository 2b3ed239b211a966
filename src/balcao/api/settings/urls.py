"""The settings' addresses put together: single ones first, for `rules/order` is no rule called order."""

from ninja import Router

from . import agency, calendars, letters, matrix, places, systems
from .keeping import serve
from .kinds import ALL

router, kinds = Router(tags=["settings"]), Router(tags=["settings"])
for setting in ALL:
    serve(kinds, setting)
for part in (matrix.router, agency.router, calendars.router, letters.router, places.router, systems.router, kinds):
    router.add_router("", part)
