"""Elections side by side: joined by person, never added up, equal names asked about, hundreds of folders."""

from __future__ import annotations

import csv
import json
import shutil
import time

import openpyxl
import pyarrow.parquet as pq
import pytest

from omr.cli import run
from omr.combine import join, read_answers
from omr.combining import combine
from omr.errors import OmrError
from tests.omr.ledger import make_election


def make(root, people, ballots, **wish):
    return make_election(root, people, ballots, **wish).root


PEOPLE = (("Lê Văn Mẫu", "Bí thư"), ("Trần Thị Thử", "Chủ tịch"))


@pytest.fixture
def two(tmp_path):
    """Trần Thị Thử at both venues in the same position; Lê Văn Mẫu in two positions."""
    first = make(tmp_path / "bch", PEOPLE, [("high", "low"), ("high", "medium"), ("low", "low")])
    others = (("Trần Thị Thử", "Chủ tịch"), ("Lê Văn Mẫu", "Trưởng ban"))
    second = make(tmp_path / "hdnd", others, [("medium", "high"), ("high", "high")], venue="HDND")
    return first, second


def by_name(joined):
    return {(each.name, tuple(r.venue for r in each.results)): each for each in joined.people}


def test_venues_stand_side_by_side_and_are_never_added_up(two, tmp_path):
    """III.6: the results of two places are weighed by the authority, each by itself."""
    made = combine(two, tmp_path / "out")
    both = by_name(made.joined)["Trần Thị Thử", ("BCH", "HDND")]
    assert [result.votes for result in both.results] == [(0, 1, 2), (1, 1, 0)]
    sheet = openpyxl.load_workbook(tmp_path / "out/combined.xlsx")["Theo người"]
    head = [cell.value for cell in sheet[1]]
    row = next(r for r in sheet.iter_rows(min_row=2, values_only=True) if r[1] == "Trần Thị Thử")
    venue = {n: dict(zip(head, row, strict=True))[f"Tín nhiệm cao ({n})"] for n in (1, 2)}
    assert venue == {1: 0, 2: 1}
    assert dict(zip(head, row, strict=True))["Tín nhiệm thấp % (1)"] == "66,67"


def test_equal_names_in_two_positions_are_asked_about(two, tmp_path, capsys):
    """Exit 3: work is left for people; until then they stand apart."""
    out = tmp_path / "out"
    assert run(["combine", *map(str, two), "--out", str(out)]) == 3
    assert "same_as" in capsys.readouterr().err
    with (out / "same-names.csv").open(encoding="utf-8-sig", newline="") as file:
        rows = list(csv.DictReader(file))
    assert [(row["name"], row["position"]) for row in rows] == [
        ("Lê Văn Mẫu", "Bí thư"),
        ("Lê Văn Mẫu", "Trưởng ban"),
    ]


@pytest.mark.parametrize(("words", "people"), [(("một", "một"), 1), (("một", "hai"), 2)])
def test_the_answer_joins_or_parts_them(two, tmp_path, words, people):
    out = tmp_path / "out"
    assert run(["combine", *map(str, two), "--out", str(out)]) == 3
    answers = out / "same-names.csv"
    with answers.open(encoding="utf-8-sig", newline="") as file:
        rows = list(csv.DictReader(file))
    for row, word in zip(rows, words, strict=True):
        row["same_as"] = word
    with answers.open("w", encoding="utf-8", newline="") as file:
        table = csv.DictWriter(file, rows[0])
        table.writeheader()
        table.writerows(rows)
    assert run(["combine", *map(str, two), "--out", str(out), "--same", str(answers)]) == 0
    made = combine(two, out, answers)
    assert sum(each.name == "Lê Văn Mẫu" for each in made.joined.people) == people


def test_equal_name_and_position_in_two_districts_is_a_question_too(tmp_path):
    """Two districts each have a "Bí thư" and a common name: nothing is joined without being asked."""
    one = make(tmp_path / "a", PEOPLE[:1], [("high",)], place="Huyện Một")
    other = make(tmp_path / "b", PEOPLE[:1], [("low",)], place="Huyện Hai")
    joined = combine([one, other], tmp_path / "out").joined
    assert (len(joined.people), len(joined.asked)) == (2, 1)


def test_more_than_two_venues_for_one_person_are_said(tmp_path):
    """II.1: "tối đa ở 02 nơi"."""
    folders = [
        make(tmp_path / venue, PEOPLE[:1], [("high",)], venue=venue) for venue in ("BCH", "HDND", "HNCB")
    ]
    made = combine(folders, tmp_path / "out")
    assert [each.too_many for each in made.joined.people] == [True]
    sheet = openpyxl.load_workbook(tmp_path / "out/combined.xlsx")["Theo người"]
    assert "II.1" in sheet.cell(2, 3).value


def test_the_same_election_twice_is_refused_and_the_others_written(two, tmp_path, capsys):
    copy = tmp_path / "copy"
    shutil.copytree(two[0], copy)
    out = tmp_path / "out"
    assert run(["combine", *map(str, two), str(copy), str(tmp_path / "nothing"), "--out", str(out)]) == 1
    said = capsys.readouterr().err
    assert "copy" in said
    assert "nothing" in said
    assert len(pq.read_table(out / "combined.parquet")) == 12


def test_nothing_to_count_is_an_error_and_leaves_no_file(tmp_path):
    with pytest.raises(OmrError):
        combine([tmp_path / "nothing"], tmp_path / "out")
    assert not (tmp_path / "out").exists()


def test_answers_that_are_no_answers_are_refused(tmp_path):
    path = tmp_path / "answers.csv"
    with pytest.raises(OmrError, match="answers"):
        read_answers(path)
    path.write_text("name,word\nA,1\n", encoding="utf-8")
    with pytest.raises(OmrError, match="answers"):
        read_answers(path)


def test_nobody_is_joined_from_nothing():
    assert join(()).people == ()


def test_hundreds_of_folders_are_joined_in_a_stream(tmp_path):
    """300 folders, two venues of 150 places: every vote is in the files once, in under half a minute."""
    pattern = [
        make(tmp_path / f"pattern-{venue}", PEOPLE, [("high", "low"), ("low", "low")], venue=venue)
        for venue in ("BCH", "HDND")
    ]
    many = tmp_path / "many"
    for n in range(300):
        copy_election(pattern[n % 2], many / f"{n:03}", n)
    start = time.monotonic()
    made = combine([many], tmp_path / "out")
    assert time.monotonic() - start < 30
    assert made.elections == 300
    assert made.problems == ()
    assert len(made.joined.people) == 300
    assert all(len(each.results) == 2 for each in made.joined.people)
    table = pq.read_table(tmp_path / "out/combined.parquet").to_pandas()
    assert len(table) == 300 * 2 * 3
    assert table.groupby("choice")["votes"].sum().to_dict() == {"high": 300, "low": 900, "medium": 0}
    with (tmp_path / "out/combined.csv").open(encoding="utf-8-sig", newline="") as file:
        assert sum(int(row["votes"]) for row in csv.DictReader(file)) == 1200


def copy_election(pattern, folder, n):
    """Another place's election, with people, id and place of its own."""
    folder.mkdir(parents=True)
    for name in ("omr.sqlite", "key"):
        shutil.copyfile(pattern / name, folder / name)
    layout = json.loads((pattern / "layout.json").read_text(encoding="utf-8"))
    toml = (pattern / "election.toml").read_text(encoding="utf-8")
    people = (pattern / "people.csv").read_text(encoding="utf-8")
    election = layout["election"]
    ident = "".join("ABCDEFGHIJKLMNOPQRSTUVWXYZ234567"[(n >> (5 * k)) & 31] for k in range(8))
    text = json.dumps(layout, ensure_ascii=False).replace(election, ident)
    for name, _position in PEOPLE:
        text, people = (each.replace(name, f"{name} {n // 2}") for each in (text, people))
    (folder / "layout.json").write_text(text, encoding="utf-8")
    (folder / "people.csv").write_text(people, encoding="utf-8")
    changed = toml.replace(election, ident).replace('place = "Mẫu"', f'place = "Huyện {n // 2}"')
    (folder / "election.toml").write_text(changed, encoding="utf-8")
