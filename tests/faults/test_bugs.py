"""Planted bugs follow what they patch: one that cannot be planted is no test of the checker."""

import os
import traceback

import pytest

from services.matching import app as _matching  # noqa: F401
from services.notifications import app as _notifications  # noqa: F401
from services.registry import app as _registry  # noqa: F401
from services.training import app as _training  # noqa: F401
from tests.faults.bugs import BUGS


@pytest.mark.parametrize("name", BUGS)
def test_every_bug_can_be_planted(name: str) -> None:
    child = os.fork()
    if child == 0:
        try:
            BUGS[name].plant()
        except BaseException:
            traceback.print_exc()
            os._exit(1)
        os._exit(0)
    _, status = os.waitpid(child, 0)
    assert os.waitstatus_to_exitcode(status) == 0
