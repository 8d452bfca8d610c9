"""The operator's commands: what their help tells."""

import pytest

from services.registry.commands import appoint_state_admin


def test_whoever_appoints_is_told_that_a_new_name_founds_another_authority(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as ended:
        appoint_state_admin(["--help"])
    told = " ".join(capsys.readouterr().out.split())
    assert ended.value.code == 0
    assert "default: Landesverwaltung;" in told and "founds another one" in told
