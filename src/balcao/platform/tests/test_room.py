"""Little room on a disk is told once, and is over by itself. (A disk that is really full: tests/faults.)"""

from __future__ import annotations

import errno
from pathlib import Path

import psycopg
import pytest
from django.db import OperationalError

from balcao.platform import faults, room_watch
from balcao.platform.actors import Actor
from balcao.platform.errors import Refusal
from balcao.platform.files.refused import FileRefused
from balcao.platform.models import Fault
from balcao.platform.room import ENOUGH, Room, rooms
from balcao.platform.trouble import disk_full


def caused(error: Exception, cause: Exception) -> Exception:
    error.__cause__ = cause
    return error


def test_a_full_disk_is_known_under_whatever_wrapping():
    full = OSError(errno.ENOSPC, "No space left on device")
    assert disk_full(full) and disk_full(OSError(errno.EDQUOT, "over quota"))
    assert disk_full(caused(FileRefused("damaged"), full))
    assert disk_full(caused(OperationalError("x"), psycopg.errors.DiskFull("could not extend file")))
    assert not disk_full(None) and not disk_full(OSError(errno.EACCES, "no")) and not disk_full(FileRefused("damaged"))


def test_what_is_enough_for_a_small_disk_is_a_twentieth_of_it(tmp_path):
    assert not Room("files", tmp_path, free=3_000_000, total=60_000_000).little
    assert Room("files", tmp_path, free=2_999_999, total=60_000_000).little
    assert Room("files", tmp_path, free=ENOUGH - 1, total=ENOUGH * 1000).little


def test_one_disk_is_one_room_though_nothing_is_there_yet(tmp_path):
    (tmp_path / "postgres").mkdir()
    (found,) = rooms(tmp_path)
    assert found.what == "files" and found.folder == tmp_path / "files" and 0 < found.free <= found.total


@pytest.mark.django_db
def test_little_room_is_one_fault_until_there_is_enough(monkeypatch):
    left = [1_000_000]
    monkeypatch.setattr(room_watch, "rooms", lambda home: [Room("files", Path(home), left[0], 60_000_000)])
    for _minute in range(3):
        room_watch.watch_room(0)
    fault = Fault.objects.get(kind="disk", ended_at=None)
    assert (fault.key, fault.count, fault.data) == ("files", 1, {"what": "files", "megabytes": 1})
    boss = Actor.system()
    with pytest.raises(Refusal, match=r"\S"):
        faults.retry(actor=boss, fault=fault)
    left[0] = 40_000_000
    faults.retry(actor=boss, fault=fault)
    assert not Fault.objects.filter(ended_at=None).exists()
