"""What a run leaves behind: its figures as JSON, and what was refused on the operator's page."""

from __future__ import annotations

import json
from pathlib import Path

from balcao.organization.models import Agency
from balcao.platform import faults
from balcao.platform.models import Fault

from .counting import Tally


def keep_refused(agency: Agency, path: Path, tally: Tally) -> Fault | None:
    """One fault that sums up what was refused, for the operator's page; that of the run before is replaced."""
    key = f"{agency.slug}:{path.name}"
    if not tally.refused:
        faults.mended("replay", key)
        return None
    reasons = "; ".join(f"{n:,} × {reason}" for reason, n in tally.refused.most_common())
    words = f"{path.name}: {tally.refused.total():,} of {tally.rows:,} rows are no demands: {reasons}."
    data = {"file": path.name, "refused": dict(tally.refused), "first_lines": tally.lines}
    fault = faults.record("replay", key, words, agency_id=agency.pk, data=data)
    Fault.objects.filter(pk=fault.pk).update(data=data)
    return fault


def write_report(target: Path, agency: Agency, path: Path, tally: Tally) -> None:
    """The run as JSON, beside and then renamed."""
    report = {"file": path.name, "agency": agency.slug, **tally.as_json()}
    part = target.with_name(target.name + ".part")
    part.write_text(json.dumps(report, ensure_ascii=False, indent=2) + "\n", encoding="utf-8")
    part.replace(target)
