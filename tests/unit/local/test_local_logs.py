"""`make logs`: the lines of several processes in the order of time."""

import json
from pathlib import Path

import pytest

from deploy.local.logs import Line, main, merged, read, render


def line(second: int, event: str, **fields: object) -> str:
    return json.dumps({"timestamp": f"2026-01-05T10:00:{second:02}.000Z", "event": event, **fields}) + "\n"


def events(lines: list[Line]) -> list[str]:
    return [str(each.fields["event"]) for each in lines]


def test_lines_of_all_processes_are_in_the_order_of_time() -> None:
    registry = read("registry-api", [line(1, "a"), line(4, "d")])
    matching = read("matching-worker", [line(2, "b"), line(3, "c")])
    assert events(merged([*registry, *matching])) == ["a", "b", "c", "d"]


def test_one_journey_alone() -> None:
    lines = [line(1, "a", correlation_id="x"), line(2, "b", correlation_id="y"), line(3, "c"), "not json\n"]
    assert events(merged(read("registry-api", lines), "x")) == ["a"]


def test_a_line_that_is_not_json_stays_behind_the_one_before_it() -> None:
    lines = [*read("registry-api", [line(1, "a"), "Traceback …\n", "[1]\n", line(5, "e")])]
    other = read("matching-api", [line(3, "c")])
    assert events(merged([*lines, *other])) == ["a", "Traceback …", "[1]", "c", "e"]


def test_a_line_is_shown_with_its_fields_but_says_nothing_twice() -> None:
    text = line(1, "placement-confirmed", level="info", service="matching", correlation_id="x", placement_id="p1", n=3)
    shown = render(next(read("matching-api", [text]))).plain
    assert shown.startswith("2026-01-05T10:00:01.000 matching-api")
    assert shown.endswith("placement-confirmed placement_id=p1 n=3")


@pytest.mark.parametrize(
    ("asked", "says"),
    [
        (["--service=mails"], "registry, matching, training, notifications"),
        (["--correlation=nobodys"], "No line has this CORRELATION"),
    ],
)
def test_a_question_without_an_answer_is_said(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, asked: list[str], says: str
) -> None:
    (tmp_path / "registry-api.log").write_text(line(1, "a", correlation_id="x"))
    monkeypatch.setattr("sys.argv", ["logs", f"--folder={tmp_path}", *asked])
    with pytest.raises(SystemExit, match=says):
        main()
