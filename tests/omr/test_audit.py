"""The hand audit: the draw anybody can repeat, the risk held exactly, and what people are asked to do."""

from __future__ import annotations

import json
import shutil
import stat
from fractions import Fraction
from itertools import combinations, product
from math import comb
from pathlib import Path

import pypdfium2
import pytest
from hypothesis import given
from hypothesis import strategies as st

from omr.audit.claims import claims_of
from omr.audit.counted import added_up, columns_of, form_of, read_form
from omr.audit.draw import draw, number_at, seed_of
from omr.audit.kept import first_unlike, is_behind, read_record
from omr.audit.measure import MOST_DRAWN, Assertion, ballots_needed, interval, measured_risk
from omr.audit.record import Record
from omr.audit.said import meaning
from omr.audit.state import PersonAudit, State, overall, people_of
from omr.cli import run
from omr.counting import count_folder
from omr.errors import ElectionError, OmrError, UsageError
from omr.review import resolve
from omr.rules import RowReading
from omr.standing import SeenBallot, stand
from omr.store import Store
from omr.tally import Day, Listed, consequence, tally
from tests.omr.conftest import bounded
from tests.omr.ledger import make_election
from tests.omr.tampering import edit_json, rewrite

CHOICES = ("high", "medium", "low")
FIVE = Fraction(1, 20)
DICE = "31415926535897932384"

# --- the draw -------------------------------------------------------------------------------------------

#: Published cases of Rivest's sampler (github.com/cjerdonek/rivest-sampler-tests, tests.json): seed, how
#: many there are, the first three numbers drawn, repetitions included.
PUBLISHED = (
    ("0", 1000, (905, 573, 160)),
    ("0", 2, (1, 1, 2)),
    ("1", 1000, (97, 89, 163)),
    ("0000000000", 1000, (978, 359, 132)),
    ("999999999999999999999999", 1000, (544, 800, 654)),
    ("abcde", 1000, (247, 427, 157)),
)


@pytest.mark.parametrize(("seed", "box", "numbers"), PUBLISHED)
def test_the_draw_is_the_published_one(seed, box, numbers):
    assert tuple(number_at(seed, turn, box) for turn in (1, 2, 3)) == numbers


@bounded(60)
@given(st.integers(1, 60), st.data())
def test_a_longer_draw_goes_on_where_the_shorter_ended_and_takes_no_ballot_twice(box, data):
    fewer = data.draw(st.integers(0, box))
    everything = draw(DICE, box, box)
    assert sorted(everything) == list(range(1, box + 1))
    assert draw(DICE, box, fewer) == everything[:fewer]


def test_every_place_is_drawn_about_as_often():
    """Chi-squared of 20,000 first draws among 10 places; 27.9 is passed once in 1,000 times by chance."""
    seen = [draw(str(seed), 10, 1)[0] for seed in range(20_000)]
    expected = len(seen) / 10
    assert sum((seen.count(place) - expected) ** 2 / expected for place in range(1, 11)) < 27.9


@pytest.mark.parametrize("typed", ["", "123", "1" * 30, "12" * 10, "1234567890123456789", "x" * 20, "²" * 20])
def test_a_seed_that_was_not_thrown_is_refused(typed):
    with pytest.raises(UsageError):
        seed_of(typed)


# --- the risk, exactly ----------------------------------------------------------------------------------


def assertions(largest):
    """Every assertion about every box of up to so many ballots."""
    for box in range(1, largest + 1):
        for least in range(1, box + 1):
            for reported in range(least, box + 1):
                yield Assertion(box, least, reported)


def confirms(told, orders, limit):
    """Share of these orders of the ballots in which the claim is confirmed at some look of all."""
    seen = 0
    for order in orders:
        support = 0
        for drawn, ballot in enumerate(order, start=1):
            support += ballot
            if measured_risk(told, drawn, support) <= limit:
                seen += 1
                break
    return Fraction(seen, len(orders))


def every_order(box, supporting):
    """Every order of a box with so many supporting ballots, once each: all are equally likely."""
    return [tuple(at in places for at in range(box)) for places in combinations(range(box), supporting)]


@pytest.mark.parametrize("limit", [Fraction(1, 20), Fraction(1, 5), Fraction(1, 2)])
def test_no_order_of_the_ballots_of_a_small_box_lets_a_wrong_claim_pass_too_often(limit):
    """Ville's inequality, by trying every order of every box of up to 8 ballots, looked at after each one."""
    worst = Fraction(0)
    for told in assertions(8):
        for supporting in range(told.least):
            worst = max(worst, confirms(told, every_order(told.box, supporting), limit))
    assert worst <= limit
    assert worst > 0 or limit < Fraction(1, 10)


def chance_to_pass(told, supporting, limit):
    """The same chance for larger boxes, exact: orders that have not passed yet, by ballots that support."""
    waiting, passed, box = {0: 1}, 0, told.box
    for drawn in range(1, box + 1):
        more = {}
        for support, orders in waiting.items():
            for drawn_one, left in ((1, supporting - support), (0, box - supporting - drawn + 1 + support)):
                if left > 0:
                    more[support + drawn_one] = more.get(support + drawn_one, 0) + orders * left
        rest = 1
        for left in range(1, box - drawn + 1):
            rest *= left
        waiting = {}
        for support, orders in more.items():
            if measured_risk(told, drawn, support) <= limit:
                passed += orders * rest
            else:
                waiting[support] = orders
    whole = 1
    for left in range(1, box + 1):
        whole *= left
    return Fraction(passed, whole)


@pytest.mark.parametrize(
    ("box", "least", "reported"),
    [(45, 23, 24), (45, 23, 36), (45, 23, 45), (45, 30, 40), (45, 16, 45), (60, 40, 41), (60, 40, 60)],
)
def test_a_wrong_outcome_at_the_line_passes_with_at_most_the_risk_limit(box, least, reported):
    """Boxes as the board has them, one ballot short of the line, in every order at once (no simulation)."""
    told = Assertion(box, least, reported)
    chance = chance_to_pass(told, least - 1, FIVE)
    assert chance <= FIVE
    assert chance_to_pass(told, max(least - 4, 0), FIVE) <= chance


def test_the_two_ways_to_work_out_the_chance_agree():
    """The check of the check: orders tried one by one, and orders counted."""
    told = Assertion(8, 4, 7)
    assert chance_to_pass(told, 3, Fraction(1, 2)) == confirms(told, every_order(8, 3), Fraction(1, 2))


def test_the_statistic_never_grows_on_average_under_the_null():
    """T ≥ 0, T = 1 before the first ballot, and its mean after one more ballot is at most what it was."""
    for told in assertions(7):
        for supporting in range(told.least):
            for drawn, support in product(range(told.box), repeat=2):
                left = told.box - drawn
                if 0 <= supporting - support <= left and support <= drawn:
                    now = statistic(told, drawn, support)
                    up = Fraction(supporting - support, left)
                    mean = up * statistic(told, drawn + 1, support + 1) if up else Fraction(0)
                    mean += (1 - up) * statistic(told, drawn + 1, support) if up < 1 else Fraction(0)
                    assert 0 <= mean <= now
        assert statistic(told, 0, 0) == 1


def statistic(told, drawn, support):
    """T from its recursion in the paper (ALPHA, 2.2), with η as the module says; not from its closed form."""
    value, m, n = Fraction(1), told.least - 1, told.box
    weights = {place: Fraction(1) for place in range(len(told.guesses))}
    for turn in range(drawn):
        left, seen, ballot = n - turn, min(turn, support), turn < support
        mu = Fraction(m - seen, left)
        if mu >= 1 and not ballot:
            return Fraction(0)
        total = sum(weights.values())
        if not total:
            return Fraction(0)
        chances = [Fraction(max(guess - seen, 0), left) for guess in told.guesses]
        eta = sum(weights[place] * chance for place, chance in enumerate(chances)) / total
        assert mu <= eta
        assert mu > 0 or not ballot
        value *= eta / mu if ballot else (1 - eta) / (1 - mu)
        for place, chance in enumerate(chances):
            weights[place] *= chance if ballot else 1 - chance
    return value


def test_the_measured_risk_is_one_over_the_statistic_of_the_paper():
    for told in assertions(8):
        for drawn in range(told.box + 1):
            for support in range(max(0, drawn - told.box + told.least - 1), min(drawn, told.least - 1) + 1):
                value = statistic(told, drawn, support)
                wanted = min(Fraction(1), 1 / value) if value else Fraction(1)
                assert measured_risk(told, drawn, support) == wanted


@bounded(60)
@given(st.integers(1, 300), st.data())
def test_more_support_is_never_less_sure(box, data):
    least = data.draw(st.integers(1, box))
    told = Assertion(box, least, data.draw(st.integers(least, box)))
    drawn = data.draw(st.integers(1, box))
    support = data.draw(st.integers(0, drawn - 1))
    less, more = (measured_risk(told, drawn, s) for s in (support, support + 1))
    assert 0 <= more <= less <= 1


def test_what_the_whole_box_says_is_certain():
    told = Assertion(45, 23, 30)
    assert [measured_risk(told, 45, support) for support in (22, 23, 30)] == [1, 0, 0]


@pytest.mark.parametrize(("box", "reported"), [(45, 45), (45, 40), (100, 80), (200, 160), (500, 350)])
def test_a_planned_round_is_enough_nine_times_in_ten_if_the_result_is_right(box, reported):
    """Planning is in floating point; this is the exact chance (hypergeometric) under the exact test."""
    told = Assertion(box, box // 2 + 1, reported)
    drawn = ballots_needed(told, FIVE)
    enough = next(s for s in range(drawn + 1) if measured_risk(told, drawn, s) <= FIVE)
    ways = sum(comb(reported, s) * comb(box - reported, drawn - s) for s in range(enough, drawn + 1))
    assert Fraction(ways, comb(box, drawn)) >= Fraction(89, 100)
    assert drawn <= box * MOST_DRAWN


def test_a_small_margin_asks_for_all_ballots():
    assert ballots_needed(Assertion(45, 23, 25), FIVE) is None
    assert ballots_needed(Assertion(45, 23, 40), FIVE, drawn=10, support=10) == 11
    assert ballots_needed(Assertion(45, 23, 40), FIVE, drawn=10, support=2) is None


@pytest.mark.parametrize("true", range(13))
def test_the_interval_of_a_share_misses_the_truth_with_at_most_the_risk(true):
    """Over every order of a box of 12, looked at after each ballot; a fifth, so that it happens at all."""
    limit, box, missed = Fraction(1, 5), 12, 0
    orders = every_order(box, true)
    bounds = {(n, s): interval(box, n, s, limit) for n in range(1, box + 1) for s in range(n + 1)}
    for order in orders:
        found = [sum(order[:drawn]) for drawn in range(1, box + 1)]
        inside = [bounds[n, s][0] <= true <= bounds[n, s][1] for n, s in enumerate(found, start=1)]
        missed += not all(inside)
    assert Fraction(missed, len(orders)) <= limit


# --- what is claimed ------------------------------------------------------------------------------------


def result_with(low, box, base="collected", summoned=None):
    listed = (Listed(1, "Lê Mẫu", "x"),)
    texts = ["low"] * low + ["high"] * (box - low)
    seen = [SeenBallot(f"{n:03}", (RowReading(1, text),)) for n, text in enumerate(texts)]
    return tally(listed, CHOICES, stand(seen, [1]), Day(summoned=summoned), base)


@pytest.mark.parametrize("base", ["collected", "delegates"])
@pytest.mark.parametrize("box", [1, 2, 3, 12, 13])
def test_the_claims_hold_for_just_the_numbers_with_the_same_consequence(box, base):
    """III.6: whatever number of low ballots fulfils the claims has the consequence reported, and no other."""
    whole = box if base == "collected" else box + 7
    for low in range(box + 1):
        claims = claims_of(result_with(low, box, base, whole))
        assert all(claim.choice == "low" and claim.reported == low for claim in claims)
        for other in range(box + 1):
            holds = all(
                other >= claim.ballots if claim.side == "at_least" else other <= claim.ballots
                for claim in claims
            )
            assert holds == (consequence(other, whole) == consequence(low, whole))


def test_an_assertion_says_the_same_as_its_claim():
    """Invalid ballots are no low ones: of 45 at most 22 low means at least 23 that are not."""
    (claim,) = claims_of(result_with(5, 45))
    assert (claim.side, claim.ballots) == ("at_most", 22)
    assert claim.assertion(45) == Assertion(45, 23, 40)
    assert claim.support(10, 3) == 7


def test_shares_are_claimed_where_the_board_asks_for_it():
    """Five ballots of 50 are ten points; a claim that no ballot could contradict is none."""
    claims = {(c.choice, c.side): c.ballots for c in claims_of(result_with(5, 50), Fraction(1, 10))}
    assert claims == {("high", "at_least"): 40, ("medium", "at_most"): 5, ("low", "at_most"): 10}


# --- forms ----------------------------------------------------------------------------------------------

LISTED = (Listed(1, "Lê Mẫu", "x"), Listed(2, "Trần, Ví Dụ", "y"))
COLUMNS = {"high": "Cao", "low": "Thấp", "invalid": "Không hợp lệ"}


def written(tmp_path, text):
    path = tmp_path / "vong-1.csv"
    path.write_text(text, encoding="utf-8")
    return path


def test_the_form_that_was_written_is_read_when_filled_in(tmp_path):
    lines = form_of(LISTED, COLUMNS).splitlines()
    filled = [lines[0], *(line.removesuffix(",,,") + ",3,1,0" for line in lines[1:])]
    found = read_form(written(tmp_path, "\n".join(filled)), LISTED, COLUMNS, 4)
    assert found == {n: {"high": 3, "low": 1, "invalid": 0} for n in (1, 2)}


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("stt,Cao,Thấp\n1,3,1\n", "vong-1.csv:1: "),
        ("stt,Cao,Thấp,Không hợp lệ\n1,3,1,0\n2,3,1\n", "vong-1.csv:3: “”"),
        ("stt,Cao,Thấp,Không hợp lệ\n1,3,1,0\n2,3,-1,2\n", "vong-1.csv:3: “-1”"),
        ("stt,Cao,Thấp,Không hợp lệ\n1,3,1,1\n2,3,1,0\n", "vong-1.csv:2: Lê Mẫu"),
        ("stt,Cao,Thấp,Không hợp lệ\n1,3,1,0\n1,3,1,0\n", "vong-1.csv:3: “1”"),
        ("stt,Cao,Thấp,Không hợp lệ\n1,3,1,0\n7,3,1,0\n", "vong-1.csv:3: “7”"),
        ("stt,Cao,Thấp,Không hợp lệ\n1,3,1,0\n", "vong-1.csv: "),
        ("", "vong-1.csv: "),
    ],
)
def test_a_form_that_cannot_be_meant_is_refused_with_its_line(tmp_path, text, said):
    with pytest.raises(ElectionError) as caught:
        read_form(written(tmp_path, text), LISTED, COLUMNS, 4)
    assert str(caught.value).startswith(said)
    assert caught.value.advice


# --- the command ----------------------------------------------------------------------------------------


def rows(lows, box=40):
    """Ballots of three people with so many low ones each."""
    return [tuple("low" if place < low else "high" for low in lows) for place in range(box)]


@pytest.fixture(scope="module")
def elections(tmp_path_factory):
    """Two boxes of 40: clear for everybody; and one with a person at just one half."""
    root = tmp_path_factory.mktemp("audits")
    people = [(name, "Ủy viên") for name in ("Lê Mẫu", "Trần Thị Ví Dụ", "Nguyễn Văn Thử")]
    clear, close = rows((1, 6, 38)), rows((1, 20, 38))
    return {
        "clear": make_election(root / "clear", people, clear).root,
        "close": make_election(root / "close", people, close).root,
    }


@pytest.fixture
def home(elections, tmp_path):
    """Gives a fresh copy of one of the elections."""

    def copy(name):
        return shutil.copytree(elections[name], tmp_path / name)

    return copy


def fill(form, lows, ballots):
    """Fill in a form: of each person that it names so many low ballots, the others high."""
    lines = form.read_text(encoding="utf-8-sig").splitlines()
    numbers = [int(line.split(",")[0]) for line in lines[1:]]
    text = [lines[0], *(f"{n},x,{ballots - lows[n]},0,{lows[n]},0" for n in numbers)]
    form.write_text("\n".join(text), encoding="utf-8")
    return form


def record(root):
    return json.loads((root / "audit/audit.json").read_text(encoding="utf-8"))


def status(root, capsys):
    capsys.readouterr()
    assert run(["status", str(root), "--json"]) == 0
    return json.loads(capsys.readouterr().out)["audit"]


def test_a_clear_result_is_confirmed_by_a_few_ballots(home, capsys):
    """Exit 3 while people have to count, 0 in the end; private files; told by the status."""
    root = home("clear")
    assert status(root, capsys) is None
    assert run(["audit", str(root), "--risk", "5%", "--seed", DICE]) == 3
    said = capsys.readouterr()
    drawn = record(root)["rounds"][0]["drawn"]
    places = sorted(draw(DICE, 40, drawn))
    assert drawn < 20
    assert " ".join(map(str, places)) in said.out
    form = root / "audit/vong-1.csv"
    for path in (form, form.with_suffix(".pdf"), root / "audit/audit.json"):
        assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert stat.S_IMODE((root / "audit").stat().st_mode) == 0o700
    found = {1: 0, 2: 1, 3: drawn - 1}
    told = ["audit", str(root), "--count", str(fill(form, found, drawn)), "--stack", "40", "--by", "A, B"]
    assert run(told) == 0
    assert "Xác nhận kết quả" in capsys.readouterr().out
    assert status(root, capsys) == {
        "state": "confirmed", "people": 3, "confirmed": 3, "drawn": drawn, "risk_limit": "1/20",
    }  # fmt: skip
    assert run(told) == 2
    assert "Không có gì chờ đếm" in capsys.readouterr().err


OF_THE_WHOLE = "của toàn cuộc lấy phiếu"
NOT_THE_SHARES = "chưa được xác nhận riêng"


def test_the_end_says_what_was_confirmed_what_was_not_and_how_surely(home, capsys):
    """On the screen and on the paper that is signed: the lines, not the shares; the limit is the whole's."""
    root = home("clear")
    run(["audit", str(root), "--seed", DICE])
    drawn = record(root)["rounds"][0]["drawn"]
    form = fill(root / "audit/vong-1.csv", {1: 0, 2: 1, 3: drawn - 1}, drawn)
    capsys.readouterr()
    assert run(["audit", str(root), "--count", str(form), "--stack", "40", "--by", "A, B"]) == 0
    told = " ".join(capsys.readouterr().out.split())
    paper = " ".join(pdf_text(root / "audit/ket-qua-kiem-tra.pdf").split())
    for said in (told, paper):
        assert "ở phía nào của mức 1/2 và mức 2/3" in said
        assert NOT_THE_SHARES in said
        assert OF_THE_WHOLE in said
    assert "Tín nhiệm cao: 39" in paper.replace("\u00a0", " ")


@pytest.mark.parametrize(
    ("within", "states", "said", "unsaid"),
    [
        ("", "CONFIRMED COUNTED", (NOT_THE_SHARES, OF_THE_WHOLE), "lệch"),
        ("1/10", "CONFIRMED COUNTED", ("lệch không quá 10,00 điểm", OF_THE_WHOLE), NOT_THE_SHARES),
        ("", "COUNTED COUNTED", ("mọi con số đều được xác nhận",), "rủi ro"),
        ("", "CONFIRMED DRAWN", (), "xác nhận"),
    ],
)
def test_what_the_end_means_depends_on_what_was_agreed_and_how_it_was_found(within, states, said, unsaid):
    """Nothing is called confirmed before the end; where all was counted, no risk is left to speak of."""
    agreed = Record(
        risk="1/20",
        within=within,
        seed="0",
        box=40,
        choices=("high", "low"),
        reported={},
        claims=(),
        began="",
    )
    people = [PersonAudit(n, State[state], Fraction(0), 5, ()) for n, state in enumerate(states.split())]
    text = " ".join(meaning(agreed, people))
    assert all(words in text for words in said)
    assert unsaid not in text


def sampled(home):
    """An audit whose sample was told, and one of whose people is to be counted in full; how to tell that."""
    root = home("close")
    run(["audit", str(root), "--seed", DICE])
    drawn = record(root)["rounds"][0]["drawn"]
    tell = ["audit", str(root), "--stack", "40", "--by", "A"]
    run([*tell, "--count", str(fill(root / "audit/vong-1.csv", {1: 0, 3: drawn}, drawn))])
    return root, tell


def test_a_count_of_all_leaves_no_range_and_no_risk_on_the_screen(home, capsys):
    """Ranges of the ballots drawn before, or a risk of 100 %, beside “confirmed by counting all” mislead."""
    root, tell = sampled(home)
    capsys.readouterr()
    assert run([*tell, "--count", str(fill(root / "audit/dem-toan-bo.csv", {2: 20}, 40))]) == 0
    row = next(line for line in capsys.readouterr().out.splitlines() if "Trần Thị" in line)
    assert "100" not in row
    assert "–" in row


def test_the_form_names_the_ballots_and_leaves_room_for_names(home):
    root = home("clear")
    run(["audit", str(root), "--seed", DICE])
    text = pdf_text(root / "audit/vong-1.pdf")
    drawn = record(root)["rounds"][0]["drawn"]
    assert " ".join(map(str, sorted(draw(DICE, 40, drawn))[:10])) in text
    assert "31415 92653 58979 32384" in text
    for words in ("MẬT", "Trần Thị Ví Dụ", "THÀNH VIÊN BAN KIỂM PHIẾU", "(Ký, ghi rõ họ tên)", "phải là 40"):
        assert words in text


def test_evidence_against_the_result_draws_more_then_counts_all(home, capsys):
    """Escalation: too many low ballots among those drawn, then so many that only counting all can tell."""
    root = home("clear")
    run(["audit", str(root), "--seed", DICE])
    first = record(root)["rounds"][0]["drawn"]
    tell = ["audit", str(root), "--stack", "40", "--by", "A"]
    assert run([*tell, "--count", str(fill(root / "audit/vong-1.csv", {1: 0, 2: 6, 3: first}, first))]) == 3
    assert "rút thêm" in capsys.readouterr().err
    second = record(root)["rounds"][1]
    assert second["people"] == [2]
    more = second["drawn"] - first
    form = root / "audit/vong-2.csv"
    new = sorted(draw(DICE, 40, second["drawn"])[first:])
    assert len(form.read_text(encoding="utf-8-sig").splitlines()) == 2
    capsys.readouterr()
    run(["audit", str(root)])
    assert " ".join(map(str, new)) in capsys.readouterr().out
    assert run([*tell, "--count", str(fill(form, {2: more}, more))]) == 3
    assert "đếm toàn bộ" in capsys.readouterr().err
    assert [
        line[:2] for line in (root / "audit/dem-toan-bo.csv").read_text("utf-8-sig").splitlines()[1:]
    ] == ["2,"]


def test_a_close_person_is_counted_in_full_from_the_start_and_the_others_by_sample(home, capsys):
    root = home("close")
    assert run(["audit", str(root), "--seed", DICE]) == 3
    assert record(root)["rounds"][0]["people"] == [1, 3]
    drawn = record(root)["rounds"][0]["drawn"]
    tell = ["audit", str(root), "--stack", "40", "--by", "A"]
    assert run([*tell, "--count", str(fill(root / "audit/vong-1.csv", {1: 0, 3: drawn}, drawn))]) == 3
    assert run([*tell, "--count", str(fill(root / "audit/dem-toan-bo.csv", {2: 20}, 40))]) == 0
    assert status(root, capsys)["state"] == "counted"


def test_a_full_count_that_differs_makes_the_result_a_draft_until_it_is_put_right(home, capsys):
    """The hand count overrides: exit 4; no final papers; right again once the ballots were decided anew."""
    root, tell = sampled(home)
    assert run([*tell, "--count", str(fill(root / "audit/dem-toan-bo.csv", {2: 21}, 40))]) == 4
    assert "số thứ tự 2" in capsys.readouterr().err
    assert status(root, capsys)["state"] == "differs"
    assert run(["tally", str(root)]) == 3
    assert run(["report", str(root), "--out", str(root / "papers")]) == 3
    assert not (root / "papers").exists()
    folder = read_folder(root)
    with Store(folder.database) as store:
        resolve(store, count_folder(folder).now, f"{39:032x}", 2, "low", by="Ban Kiểm phiếu", agreed=True)
    assert run(["tally", str(root)]) == 0
    assert run(["audit", str(root)]) == 0


def read_folder(root):
    from omr.election import Folder  # noqa: PLC0415

    return Folder(root)


def test_a_result_that_changed_after_the_draw_is_not_confirmed_by_it(home, capsys):
    root = home("clear")
    run(["audit", str(root), "--seed", DICE])
    folder = read_folder(root)
    with Store(folder.database) as store:
        resolve(store, count_folder(folder).now, f"{39:032x}", 1, "low", by="Ban Kiểm phiếu", agreed=True)
    counted = count_folder(folder)
    people = people_of(read_record(folder), counted.result)
    assert [each.state for each in people] == [State.CHANGED, State.DRAWN, State.DRAWN]
    assert overall(people) is State.CHANGED
    assert run(["audit", str(root), "--seed", DICE]) == 3
    assert (root / "audit/audit-1.json").exists()
    with Store(folder.database) as store:
        assert first_unlike(folder, store.chain("audit")) == ""
    edit_json(root / "audit/audit-1.json", lambda said: said.update(risk="1/5"))
    with Store(folder.database) as store:
        assert first_unlike(folder, store.chain("audit")) == "audit-1.json"


def unlike(root):
    with Store(read_folder(root).database) as store:
        return first_unlike(read_folder(root), store.chain())


def counted_once(root):
    """Begin, and fill in the first form; gives the command that takes it."""
    assert run(["audit", str(root), "--seed", DICE]) == 3
    drawn = record(root)["rounds"][0]["drawn"]
    form = fill(root / "audit/vong-1.csv", {1: 0, 2: 6, 3: drawn}, drawn)
    return ["audit", str(root), "--stack", "40", "--by", "A", "--count", str(form)]


@pytest.mark.parametrize(
    "change",
    [
        lambda said: said.update(seed=DICE[::-1]),
        lambda said: said.update(risk="1/5"),
        lambda said: said["reported"]["1"].update(low=9, high=31),
    ],
)
def test_a_hand_edit_of_the_record_is_not_taken_in_by_the_next_count(home, capsys, change):
    """Nor by a new draw: exit 5, nothing written, until the copy is put back."""
    root = home("clear")
    tell = counted_once(root)
    path = root / "audit/audit.json"
    honest = path.read_bytes()
    edit_json(path, change)
    edited = path.read_bytes()
    capsys.readouterr()
    again = [*tell[:2], "--seed", DICE[::-1]]
    for command in (tell, again) if edited.count(b'"high": 31') else (tell,):
        assert run(command) == 5
        assert "audit/audit.json" in capsys.readouterr().err
    assert (path.read_bytes(), unlike(root)) == (edited, "audit.json")
    path.write_bytes(honest)
    assert run(tell) == 3
    assert unlike(root) == ""


def test_a_record_that_was_taken_away_is_not_begun_anew(home, capsys):
    root = home("clear")
    counted_once(root)
    (root / "audit/audit.json").unlink()
    assert run(["audit", str(root), "--seed", DICE[::-1]]) == 5
    assert unlike(root) == "audit.json"


def stopping(monkeypatch, where):
    """Have the program stop at one place: before the entry of the audit is kept, or before its file is."""

    def stop(*_any):
        raise KeyboardInterrupt

    def replace_but(path, target, *, replace=Path.replace):
        return stop() if Path(target).name == "audit.json" else replace(path, target)

    if where == "entry":
        monkeypatch.setattr("omr.store.links.append", stop)
    else:
        monkeypatch.setattr(Path, "replace", replace_but)


@pytest.mark.parametrize("where", ["entry", "file"])
def test_a_stop_while_a_count_is_kept_is_no_tampering(home, monkeypatch, where):
    """File and chain agree for whoever verifies; the audit goes on with the same command, or the next."""
    root = home("clear")
    tell = counted_once(root)
    with monkeypatch.context() as patch:
        stopping(patch, where)
        assert run(tell) == 1
    assert unlike(root) == ""
    assert run(tell if where == "entry" else ["audit", str(root)]) == 3
    assert record(root)["rounds"][0]["taken"]["by"] == "A"
    assert unlike(root) == ""


@pytest.mark.parametrize("where", ["entry", "file"])
def test_a_stop_while_a_second_audit_is_begun_is_no_tampering(home, monkeypatch, where):
    root = home("clear")
    counted_once(root)
    folder = read_folder(root)
    with Store(folder.database) as store:
        resolve(store, count_folder(folder).now, f"{39:032x}", 1, "low", by="Ban Kiểm phiếu", agreed=True)
    with monkeypatch.context() as patch:
        stopping(patch, where)
        assert run(["audit", str(root), "--seed", DICE]) == 1
    assert unlike(root) == ""
    run(["audit", str(root), *(["--seed", DICE] if where == "entry" else [])])
    assert unlike(root) == ""
    assert (root / "audit/audit-1.json").exists()
    assert record(root)["reported"]["1"]["low"] == 2


def test_a_file_one_entry_behind_the_record_is_told_and_written_again(home):
    """Whether a stop left it so or somebody put it back: the record counts, and nothing is lost."""
    root = home("clear")
    tell = counted_once(root)
    path = root / "audit/audit.json"
    before = path.read_bytes()
    assert run(tell) == 3
    after = path.read_bytes()
    folder = read_folder(root)
    for put_back, behind in ((before, True), (after, False)):
        path.write_bytes(put_back)
        with Store(folder.database) as store:
            assert is_behind(folder, store.chain()) == behind
    path.write_bytes(before)
    assert read_record(folder).rounds[0].taken.by == "A"
    assert run(["audit", str(root)]) == 3
    assert path.read_bytes() == after


def test_an_audit_of_an_earlier_version_is_recorded_at_its_next_count(home):
    """It is in no entry; until then it is named as not recorded, not as changed."""
    root = home("clear")
    tell = counted_once(root)
    rewrite(read_folder(root), lambda pairs: pairs.remove(["audit", record(root)]))
    (root / "audit/audit-plan.json").write_text("{}", "utf-8")
    assert unlike(root) == ""
    assert run(tell) == 3
    with Store(read_folder(root).database) as store:
        assert [each.said["stack"] for each in store.chain("audit")] == [None, 40]
    assert unlike(root) == ""


def test_nobody_draws_twice_until_it_suits(home, capsys):
    root = home("clear")
    run(["audit", str(root), "--seed", DICE])
    before = record(root)
    assert run(["audit", str(root), "--seed", DICE[::-1]]) == 2
    assert "rút phiếu lại từ đầu" in capsys.readouterr().err
    assert record(root) == before


def test_a_count_that_was_typed_wrongly_is_taken_back_with_a_reason_and_kept(home, capsys):
    """The draw stays the same; what was drawn because of the wrong count goes, with its form."""
    root = home("clear")
    run(["audit", str(root), "--seed", DICE])
    undo = ["audit", str(root), "--undo", "--by", "A", "--why", "cộng nhầm"]
    assert run(undo) == 2
    drawn = record(root)["rounds"][0]["drawn"]
    tell = ["audit", str(root), "--stack", "40", "--by", "A"]
    run([*tell, "--count", str(fill(root / "audit/vong-1.csv", {1: 0, 2: 6, 3: drawn}, drawn))])
    assert (root / "audit/vong-2.pdf").exists()
    assert run([*undo[:-2]]) == 2
    capsys.readouterr()
    assert run(undo) == 3
    assert "cộng nhầm" in capsys.readouterr().out
    after = record(root)
    assert [(each["drawn"], each["taken"]) for each in after["rounds"]] == [(drawn, None)]
    assert after["withdrawn"][0]["taken"]["found"]["2"]["low"] == 6
    assert not (root / "audit/vong-2.pdf").exists()
    assert run([*tell, "--count", str(fill(root / "audit/vong-1.csv", {1: 0, 2: 2, 3: drawn}, drawn))]) == 0
    text = pdf_text(root / "audit/ket-qua-kiem-tra.pdf")
    for words in ("BIÊN BẢN KIỂM TRA", "Xác nhận kết quả", "Trần Thị Ví Dụ", "thấp: 6", "cộng nhầm"):
        assert words in text


def pdf_text(path):
    document = pypdfium2.PdfDocument(path)
    try:
        return " ".join(" ".join(page.get_textpage().get_text_range() for page in document).split())
    finally:
        document.close()


def test_a_stack_of_another_size_contradicts_the_result(home, capsys):
    root = home("clear")
    run(["audit", str(root), "--seed", DICE])
    drawn = record(root)["rounds"][0]["drawn"]
    form = str(fill(root / "audit/vong-1.csv", {1: 0, 2: 0, 3: drawn}, drawn))
    assert run(["audit", str(root), "--count", form, "--by", "A", "--stack", "41"]) == 4
    assert run(["audit", str(root), "--count", form, "--by", "A"]) == 2
    assert run(["audit", str(root), "--count", form, "--stack", "40"]) == 2
    assert record(root)["rounds"][0]["taken"] is None


def test_people_are_asked_until_their_numbers_add_up(home, capsys, monkeypatch):
    root = home("clear")
    run(["audit", str(root), "--seed", DICE])
    drawn = record(root)["rounds"][0]["drawn"]
    answers = iter([f"{drawn} 1 0 0", "x", f"{drawn} 0 0 0", f"{drawn} 0 0 0", f"0 0 {drawn} 0"])
    monkeypatch.setattr("typer.prompt", lambda _name: next(answers))
    assert run(["audit", str(root), "--ask", "--stack", "40", "--by", "A"]) == 0
    assert next(answers, None) is None


@pytest.mark.parametrize(
    ("options", "code"),
    [
        ([], 2),
        (["--seed", "12"], 2),
        (["--seed", DICE, "--risk", "50%"], 2),
        (["--seed", DICE, "--risk", "0"], 2),
        (["--seed", DICE, "--within", "x"], 2),
        (["--count", "nothing.csv"], 2),
    ],
)
def test_a_wrong_call_is_one_line_and_changes_nothing(home, capsys, options, code):
    root = home("clear")
    assert run(["audit", str(root), *options]) == code
    said = capsys.readouterr()
    assert said.err.count("\n") == 1
    assert not (root / "audit").exists()


def test_a_draft_is_not_audited(tmp_path, capsys):
    folder = make_election(tmp_path / "draft", [("Lê Mẫu", "x")], [("unsure",)])
    assert run(["audit", str(folder.root), "--seed", DICE]) == 3
    assert "kết quả chính thức" in capsys.readouterr().err


def test_a_damaged_record_is_said_in_words(home):
    root = home("clear")
    (root / "audit").mkdir()
    (root / "audit/audit.json").write_text('{"version": 1', encoding="utf-8")
    with pytest.raises(OmrError) as caught:
        count_folder(read_folder(root))
    assert "audit.json" in str(caught.value)


def test_the_columns_are_those_of_the_ballot(home):
    counted = count_folder(read_folder(home("clear")))
    assert list(columns_of(counted.layout.choices)) == [*CHOICES, "invalid"]
    with pytest.raises(ElectionError):
        added_up("x", {"high": 1}, 2)
