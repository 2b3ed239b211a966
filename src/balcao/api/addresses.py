"""Two hundred addresses, of which a call is compared with one or two: those of its first word, its length, its end."""

from collections import defaultdict
from collections.abc import Sequence

from django.urls import Resolver404, ResolverMatch, URLPattern, URLResolver
from django.urls.resolvers import RoutePattern

Near = tuple[str, int, str]  # the first word, how many slashes, the last word; empty where that is a parameter


class Addresses(URLResolver):
    """Django's resolver of a list, which compares an address with each in turn, and is asked for the near ones only.
    What it finds, and the names by which it is found, are Django's."""

    def __init__(self, found: Sequence[URLPattern]) -> None:
        super().__init__(RoutePattern(""), list(found))
        self._near: dict[Near, list[tuple[int, URLPattern]]] = defaultdict(list)
        for place, one in enumerate(found):
            route = str(one.pattern)
            if "<" in route.partition("/")[0] or "<path:" in route:
                raise ValueError(f"{route} could be anywhere")
            self._near[_near(route)].append((place, one))

    def resolve(self, path: str) -> ResolverMatch:
        first, slashes, last = _near(path)
        near = self._near.get((first, slashes, last), [])
        if last:
            near = sorted([*near, *self._near.get((first, slashes, ""), ())])  # in the order in which they were said
        for _place, one in near:
            if match := one.resolve(path):
                return match
        raise Resolver404({"path": path})


def _near(path: str) -> Near:
    """Of an address or of a route."""
    last = path.rpartition("/")[2]
    return path.partition("/")[0], path.count("/"), "" if "<" in last else last
