"""The settings' addresses put together: single ones first, for `rules/order` is no rule called order."""

from ninja import Router

from . import agency, calendars, interviews, letters, matrix, places, systems, talking, templates
from .keeping import serve
from .kinds import ALL

router, kinds = Router(tags=["settings"]), Router(tags=["settings"])
for setting in (*ALL, talking.LINES, talking.ACCOUNTS):
    serve(kinds, setting)
for part in (matrix, agency, calendars, letters, places, systems, talking, interviews, templates):
    router.add_router("", part.router)
router.add_router("", kinds)
