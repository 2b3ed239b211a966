"""Everything that changes who answers: areas, places, calendars, staff, roles, keys. Each keeps before and after."""

from .agencies import change_agency
from .areas import keep_area, remove_area
from .calendars import change_calendar, change_holiday, remove_calendar, remove_holiday
from .founding import found_agency, keep_arrangement
from .keys import change_key, make_key, revoke_key
from .places import change_place, import_places, remove_place
from .roles import change_role, remove_role
from .staff import add_staff, change_staff, give_role, reset_second_factor, take_role

__all__ = [
    "add_staff",
    "change_agency",
    "change_calendar",
    "change_holiday",
    "change_key",
    "change_place",
    "change_role",
    "change_staff",
    "found_agency",
    "give_role",
    "import_places",
    "keep_area",
    "keep_arrangement",
    "make_key",
    "remove_area",
    "remove_calendar",
    "remove_holiday",
    "remove_place",
    "remove_role",
    "reset_second_factor",
    "revoke_key",
    "take_role",
]
