"""What is wrong in a file is named by file, line and field; the form of a playbook is checked."""

from pathlib import Path

import pytest

from adapters.files.playbook_file import playbook_from, read_playbook
from adapters.files.yaml_source import LARGEST, FileProblem, FileRefused, parse_source, read_source
from domain.playbook.checks import findings
from domain.playbook.model import Method

SHIPPED = Path(__file__).parents[2] / "playbooks/services.yaml"
TEXT = SHIPPED.read_text(encoding="utf-8")


def problems(before: str, after: str) -> list[FileProblem]:
    """What is wrong with the shipped playbook once this piece of it is changed."""
    assert before in TEXT
    with pytest.raises(FileRefused) as refused:
        playbook_from(parse_source("p.yaml", TEXT.replace(before, after, 1).encode()))
    return list(refused.value.problems)


def line_of(piece: str) -> int:
    return TEXT[: TEXT.index(piece)].count("\n") + 1


def test_the_shipped_playbook_is_read() -> None:
    playbook = read_playbook(SHIPPED)
    assert playbook.name == "services"
    assert playbook.decision["in_house"][0].method is Method.CONSENSUS  # type: ignore[index]


@pytest.mark.parametrize(
    ("before", "after", "path", "told"),
    [
        pytest.param(
            "target_margin: 35", "target_margin: high", "price.target_margin", "number", id="a word for a number"
        ),
        pytest.param(
            "floor_margin: 25", "flor_margin: 25", "price.flor_margin", "did you mean 'floor_margin'?", id="a typo"
        ),
        pytest.param(
            "handoff: [project_manager,", "handoff: [Project Manager,", "handoff.0", "form", id="no role name"
        ),
        pytest.param(
            "needed_by: handoff", "needed_by: hadnoff", "roles.project_manager.needed_by", "'qualify'", id="no stage"
        ),
        pytest.param("other: 16", "other: 0", "due_hours.other", "must be 1 or more", id="out of range"),
        pytest.param('correlation: "0.3"', "correlation: 3", "estimate.correlation", "or less", id="no correlation"),
        pytest.param("below: 250000", "below: 2500000", "decision", "ascending", id="rows that do not climb"),
        pytest.param(
            "signers: [provider_sponsor, client_signatory]",
            "signers: [client_signatory]",
            "documents.sow.signers",
            "must have at least 2 entries",
            id="one signer",
        ),
        pytest.param(
            "{field: terms_changed, comparison: is",
            "{field: terms_changed, comparison: has",
            "change.routes.2.any.0",
            "'over'",
            id="no comparison",
        ),
        pytest.param(
            "{field: discount, comparison: over, value: 5}",
            "{field: discount, comparision: over, value: 5}",
            "price.bands.2.any.0.comparision",
            "did you mean 'comparison'?",
            id="a typo inside a row",
        ),
        pytest.param(
            "commission: {rate: 6, due_at_signature: 40}",
            "commission: {rate: 6}",
            "commission.due_at_signature",
            "is missing",
            id="missing",
        ),
    ],
)
def test_a_mistake_is_named_by_line_and_field(before: str, after: str, path: str, told: str) -> None:
    (problem,) = problems(before, after)
    assert (problem.file, problem.path) == ("p.yaml", path)
    assert told in problem.message + problem.remedy
    expected = "decision:" if path == "decision" else before
    assert problem.line == line_of(expected)


def test_all_mistakes_are_told_at_once_from_top_to_bottom() -> None:
    broken = TEXT.replace("other: 16", "other: soon").replace("target_margin: 35", "target_margin: high")
    with pytest.raises(FileRefused) as refused:
        playbook_from(parse_source("p.yaml", broken.encode()))
    assert [problem.path for problem in refused.value.problems] == ["price.target_margin", "due_hours.other"]
    assert str(refused.value).startswith("p.yaml:30: price.target_margin: ")


def test_a_role_name_is_checked_where_it_is_a_key() -> None:
    (problem,) = problems("  finance:   ", "  Finance:   ")
    assert (problem.path, problem.line) == ("roles.Finance", line_of("  finance:   "))


def test_a_finding_has_its_line_in_the_file() -> None:
    source = parse_source(
        "p.yaml", TEXT.replace("role: managing_director}\n  vacancy", "role: head}\n  vacancy").encode()
    )
    (finding,) = findings(playbook_from(source))
    assert source.line(finding.where) == line_of("{after: 960, role: managing_director}")


ALIAS_BOMB = b"a0: &a0 [1, 1, 1, 1, 1, 1, 1, 1, 1, 1]\n" + b"".join(
    f"a{n}: &a{n} [{', '.join([f'*a{n - 1}'] * 10)}]\n".encode() for n in range(1, 9)
)


@pytest.mark.parametrize(
    ("content", "line", "told"),
    [
        pytest.param(b"", 1, "is empty", id="empty"),
        pytest.param(b"a: 1\nb: 2\na: 3", 3, "already given at line 1", id="a key twice"),
        pytest.param(b"a: 1\nb: [1, 2", 2, "is not YAML", id="broken"),
        pytest.param(b"a: 1\nb: \xff", 2, "not UTF-8", id="not text"),
        pytest.param(ALIAS_BOMB, 6, "expands to too many values", id="an alias bomb"),
        pytest.param(b"a: &x [1, *x]", 1, "contains itself", id="a value in itself"),
        pytest.param(b"a: 1\nb: !!python/name:os.system ''", 2, "has a tag", id="a tag"),
        pytest.param(b"[" * 100_000, 1, "nested too deeply", id="deep"),
        pytest.param(b"--- 1\n--- 2", 2, "more than one document", id="two documents"),
        pytest.param(b"? [1]\n: 2", 1, "a key that is not a word", id="a list as a key"),
        pytest.param(b"a: \0", 1, "is not YAML", id="a control character"),
        pytest.param(b"a" * (LARGEST + 1), 1, "is larger than", id="too large"),
        pytest.param(b"just words", 1, "fields", id="no fields"),
    ],
)
def test_what_is_no_plain_yaml_is_refused_with_its_line(content: bytes, line: int, told: str) -> None:
    with pytest.raises(FileRefused) as refused:
        playbook_from(parse_source("p.yaml", content))
    (problem,) = refused.value.problems
    assert (problem.line, told in problem.message) == (line, True)
    assert problem.remedy


def test_a_file_that_cannot_be_opened_is_refused(tmp_path: Path) -> None:
    for path in (tmp_path, tmp_path / "none.yaml"):
        with pytest.raises(FileRefused, match="cannot be read"):
            read_source(path)


def test_words_stay_what_was_written() -> None:
    data = parse_source("x", b"NO: no\non: 2026-01-01\nn: 0.10\nt: true\nq: 'true'\ne: ~\nv: 1_0\ni: 007\nf: .inf").data
    assert data | {"n": str(data["n"])} == {
        "NO": "no",
        "on": "2026-01-01",
        "n": "0.10",
        "t": True,
        "q": "true",
        "e": None,
        "v": "1_0",
        "i": 7,
        "f": ".inf",
    }
