"""What changed of a document is said by its headings, and none of it by a digest."""

from domain.asks.document_shown import as_read, changes_of_text

PAGE = """# Statement of work: Health check

**ENG-2026-0001**, revision 1, for Lindqvist

## Scope

### W1 Lineage

- *What is done:* Twelve figures

## Price

| Part | Amount |
| --- | --- |
| Total price | 100.00 SEK |
"""


def test_two_revisions_that_differ_in_their_number_alone_are_said_to() -> None:
    after = PAGE.replace("revision 1", "revision 2")
    assert changes_of_text(PAGE, after) == ("the text: only the revision number",)


def test_a_line_that_changed_is_shown_under_its_heading_before_and_after() -> None:
    after = PAGE.replace("100.00", "90.00")
    assert changes_of_text(PAGE, after) == ("Price: Total price · 100.00 SEK → Total price · 90.00 SEK",)


def test_what_came_and_what_went_is_named_by_its_heading() -> None:
    after = PAGE.replace("### W1 Lineage\n\n- *What is done:* Twelve figures", "### W2 Report\n\nOne\n")
    assert changes_of_text(PAGE, after) == ("Scope, W2 Report: new", "Scope, W1 Lineage: gone")


def test_several_lines_that_changed_under_a_heading_are_named_by_it() -> None:
    after = PAGE.replace("| --- | --- |\n| Total price | 100.00 SEK |", "| --- | --- |\n| A | 1 |\n| B | 2 |")
    assert changes_of_text(PAGE, after) == ("Price: changed",)


def test_a_document_that_is_read_as_text_keeps_its_words_and_loses_its_marks() -> None:
    assert as_read("## A \\*b\\*\n\n| x | y |\n| --- | --- |\n- **N1** 5 \\* 3") == (
        "A *b*",
        "",
        "x · y",
        "• N1 5 * 3",
    )


def test_each_row_that_changed_is_shown_before_and_after_and_what_came_and_went_beside_them() -> None:
    table = "## Milestones\n\n| Milestone | Due |\n| --- | --- |\n"
    rows = ["| M1 Bounds | 2027-04-23 |", "| M2 Cranes | 2027-05-20 |", "| M3 Rail | 2027-06-01 |"]
    before = table + "\n".join(rows)
    after = table + "\n".join(["| M1 Bounds | 2026-11-29 |", "| M2 Cranes and quays | 2027-05-20 |", rows[2]])
    moved = "Milestones: M1 Bounds · 2027-04-23 → M1 Bounds · 2026-11-29"
    assert changes_of_text(before, after) == (
        moved,
        "Milestones: M2 Cranes · 2027-05-20 → M2 Cranes and quays · 2027-05-20",
    )
    assert changes_of_text(before, f"{after}\n| M4 Gate | 2027-07-01 |")[-1] == (
        "Milestones: new: M4 Gate · 2027-07-01"
    )
    assert changes_of_text(before, table + "\n".join(rows[1:])) == ("Milestones: gone: M1 Bounds · 2027-04-23",)
    grown = table + "\n".join([rows[0], rows[1], "| M3 Rail | 2027-06-02 |", "| M4 Gate | 2027-07-01 |"])
    assert changes_of_text(before, grown) == (
        "Milestones: M3 Rail · 2027-06-01 → M3 Rail · 2027-06-02",
        "Milestones: new: M4 Gate · 2027-07-01",
    )
