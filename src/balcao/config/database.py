"""One database, named by DATABASE_URL (libpq's URI, any PostgreSQL ≥ 15)."""

import os
from typing import Any

from psycopg.conninfo import conninfo_to_dict


def databases(url: str | None) -> dict[str, dict[str, Any]]:
    """Django's DATABASES for a libpq URI; without one, an address that fails with a clear sentence when used."""
    info = {k: v for k, v in conninfo_to_dict(url or "postgresql:///balcao").items() if v is not None}
    default = {
        "ENGINE": "django.db.backends.postgresql",
        "NAME": info.pop("dbname", "balcao"),
        "USER": info.pop("user", ""),
        "PASSWORD": info.pop("password", ""),
        "HOST": info.pop("host", ""),
        "PORT": str(info.pop("port", "")),
        "CONN_MAX_AGE": 600,
        "CONN_HEALTH_CHECKS": True,
        "OPTIONS": {"connect_timeout": 5, "application_name": "balcao", **info, "prepare_threshold": _prepared()},
    }
    return {"default": default}


def _prepared() -> int | None:
    """After how many uses the driver prepares one of our own statements; BALCAO_PREPARE=0 behind a pooler that hands
    each transaction another connection and does not know prepared statements."""
    return None if os.environ.get("BALCAO_PREPARE") == "0" else 3
