"""The command line: exit codes, one plain line an error, and nothing that it should not touch."""

from __future__ import annotations

import errno
import json
import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
from typer.main import get_command

from generate.fonts import LAST_RESORT, find_family
from omr import cli, rules
from omr.__main__ import wanted_language
from omr.cli import app, run
from omr.counting import count_folder
from omr.demo import lay_out_sample, sample
from omr.election import Folder
from omr.export import COLUMNS
from omr.files import why
from omr.printing import print_ballots
from omr.status import status

ROOT = Path(__file__).resolve().parents[2]

#: What tells a program of a screen.
SCREENS = ("DISPLAY", "WAYLAND_DISPLAY", "XDG_RUNTIME_DIR")

#: The contract of DESIGN.md that other programs rely on, as far as this version has it.
CONTRACT = ("init", "print", "scan", "status", "tally", "report", "export", "look", "resolve", "demo")

#: Commands beside the contract.
BESIDE = ("audit", "calendar", "dossier", "combine", "import-cvr")


@pytest.fixture(scope="module")
def printed(tmp_path_factory):
    """An election of five invented people, printed and not yet scanned."""
    root = tmp_path_factory.mktemp("vote") / "bch"
    assert run(["init", str(root), "--venue", "BCH", "--date", "15/12/2023"]) == 0
    assert run(["print", str(root), "--copies", "3"]) == 0
    return root


def contents(root):
    return {
        p.relative_to(root): p.read_bytes() for p in root.rglob("*") if p.is_file() and "sqlite" not in p.name
    }


def one_line(capsys):
    """What was said on the error side: exactly one line, no traceback."""
    said = capsys.readouterr().err
    assert said.count("\n") == 1, said
    assert "Traceback" not in said
    return said


def test_every_command_of_the_contract_is_there_and_explained(capsys):
    names = {command.name for command in app.registered_commands}
    assert names >= {*CONTRACT, *BESIDE}
    for name in (*CONTRACT, *BESIDE):
        assert run([name, "--help"]) == 0
        assert name in capsys.readouterr().out


def test_what_is_slow_to_import_waits_until_a_command_needs_it():
    """Help, a mistake and every short command would else wait for charts, papers, tables and the web app."""
    slow = {
        "docx",
        "fastapi",
        "icalendar",
        "matplotlib",
        "openpyxl",
        "pyarrow",
        "reportlab",
        "skimage",
    }
    program = f"import sys, omr.cli; print(sorted({slow} & set(sys.modules)))"
    said = subprocess.run(
        [sys.executable, "-c", program], cwd=ROOT, capture_output=True, text=True, check=True
    )
    assert said.stdout.strip() == "[]"


def test_init_and_print_write_what_the_contract_names(printed):
    folder = Folder(printed)
    for path in (
        folder.election_toml,
        folder.people_csv,
        folder.key_file,
        folder.ballots_pdf,
        folder.layout_json,
    ):
        assert path.stat().st_size > 0
    assert (folder.blank_dir / "page-1.png").stat().st_size > 1000


def test_invented_people_are_called_so(tmp_path, capsys):
    """Without --people the list is an example; with it, the line would be wrong."""
    assert run(["init", str(tmp_path / "a"), "--venue", "BCH"]) == 0
    assert "ví dụ đặt ra" in capsys.readouterr().out
    people = str(tmp_path / "a/people.csv")
    assert run(["init", str(tmp_path / "b"), "--venue", "BCH", "--people", people]) == 0
    assert "ví dụ đặt ra" not in capsys.readouterr().out


def test_nothing_scanned_is_not_final(printed, capsys):
    """Exit 3, the table on one side and the reason on the other."""
    assert run(["tally", str(printed)]) == 3
    said = capsys.readouterr()
    assert "BẢN NHÁP" in said.out
    assert "Chưa kết luận" in said.out
    assert "chưa đọc phiếu nào" in said.err


def test_a_draft_is_written_only_when_asked_for(printed, tmp_path, capsys):
    out = tmp_path / "papers"
    assert run(["report", str(printed), "--out", str(out)]) == 3
    assert "--draft" in one_line(capsys)
    assert not out.exists()
    assert run(["report", str(printed), "--out", str(out), "--draft"]) == 0
    assert {path.name for path in out.iterdir()} >= {
        "phu-luc-05.docx",
        "phu-luc-05.pdf",
        "phu-luc-05.xlsx",
        "results.csv",
        "chart.png",
    }
    assert not (out / "cong-khai.docx").exists()


def test_tally_and_status_speak_json(printed, capsys):
    assert run(["tally", str(printed), "--json"]) == 3
    assert json.loads(capsys.readouterr().out)["collected"] == 0
    assert run(["status", str(printed), "--json"]) == 0
    assert json.loads(capsys.readouterr().out)["pages"] == []


@pytest.mark.parametrize("form", ["csv", "cvr-json"])
def test_export_writes_an_empty_box_too(printed, tmp_path, form):
    out = tmp_path / "votes"
    assert run(["export", str(printed), "--format", form, "--out", str(out)]) == 0
    text = out.read_text(encoding="utf-8")
    assert text.startswith(",".join(COLUMNS)) or json.loads(text)["CVR"] == []


@pytest.mark.parametrize(
    ("arguments", "code", "said"),
    [
        (["tally"], 2, "THƯ-MỤC"),
        (["tally", "{root}", "--nothing"], 2, "--nothing"),
        (["print", "{root}"], 2, "--copies"),
        (["print", "{root}", "--copies", "0"], 2, "copies"),
        (["nothing"], 2, "nothing"),
        (["export", "{root}", "--format", "xml", "--out", "x"], 2, "csv"),
        (["resolve", "{root}", "abc", "1", "high", "--by", "A"], 2, "abc"),
        (["resolve", "{root}", "abc", "một", "high", "--by", "A"], 2, "một"),
        (["look", "{root}", "nowhere"], 2, "nowhere"),
        (["tally", "/nowhere/at/all"], 1, "omr init"),
        (["verify", "/nowhere/at/all"], 1, "omr init"),
        (["accept", "/nowhere/at/all", "--by", "A", "--why", "b"], 1, "omr init"),
        (["seal", "/nowhere/at/all", "--out", "x.age"], 1, "omr init"),
        (["verify", "{root}", "--hash", "abc"], 2, "64"),
        (["verify", "{root}", "--key", "abc"], 2, "ABCD-EFGH"),
        (["member", "{root}", "--off"], 2, "--off"),
        (["member", "{root}", "--new-pin"], 2, "--new-pin"),
        (["member", "{root}", "Bà A", "--by", "B"], 2, "PIN"),
        (["init", "{root}"], 1, "election.toml"),
        (["init", "{root}/new", "--people", "/nowhere.csv"], 1, "nowhere.csv"),
        (["scan", "{root}", "/nowhere.pdf"], 1, "nowhere.pdf"),
    ],
)
def test_a_mistake_is_one_plain_line_with_its_exit_code(printed, capsys, arguments, code, said):
    before = contents(printed)
    assert run([argument.format(root=printed) for argument in arguments]) == code
    error = capsys.readouterr().err
    assert said in error
    assert "Traceback" not in error
    assert contents(printed) == before


@pytest.mark.parametrize(
    "words",
    [
        "verify {place}",
        "accept {place} --by A --why b",
        "seal {place} --out {beside}/x.age",
        "scan {place} {scans}",
        "scan {place} {scans} --count 2",
        "scan {place} {scans} --watch --idle 1",
        "look {place} 1",
        "print {place} --copies 3",
        "status {place}",
        "tally {place}",
        "report {place} --draft",
        "export {place} --format csv --out {beside}/votes.csv",
        "resolve {place} abc 1 high --by A",
        "compare {place}",
        "member {place}",
        "calendar {place}",
        "dossier {place}",
        "audit {place} --risk 5% --seed 12345678901234567890",
        "publish {place}",
        "combine {place} --out {beside}/out",
    ],
)
def test_no_folder_is_made_where_there_is_none(tmp_path, capsys, words):
    """A mistyped path is said in the words of every command, in one line, and nothing is made anywhere."""
    scans = tmp_path / "scans"
    scans.mkdir()
    places = {"place": tmp_path / "phieu-bau", "beside": tmp_path, "scans": scans}
    assert run(words.format(**places).split()) == 1
    assert "không phải thư mục của" in one_line(capsys)
    assert list(tmp_path.rglob("*")) == [scans]


def test_an_error_says_what_to_do_next(printed, capsys):
    assert run(["init", str(printed)]) == 1
    assert re.search(r"^Lỗi: .+\. .+\.$", one_line(capsys).strip())


def test_a_bug_is_one_line_unless_debugging(printed, capsys, monkeypatch):
    monkeypatch.setattr(cli, "count_folder", lambda _folder: 1 / 0)
    assert run(["tally", str(printed)]) == 1
    assert "ZeroDivisionError" in one_line(capsys)
    assert run(["--debug", "tally", str(printed)]) == 1
    assert "Traceback" in capsys.readouterr().err


def test_a_full_disk_is_no_bug(tmp_path, capsys, monkeypatch):
    """It is said in words; with room the same command goes on with what it had begun."""
    kept, real = [], os.fsync

    def fills_up(handle):
        kept.append(handle)
        if len(kept) > 4:
            raise OSError(errno.ENOSPC, "No space left on device")
        real(handle)

    monkeypatch.setattr("os.fsync", fills_up)
    assert run(["init", str(tmp_path / "vote")]) == 1
    said = capsys.readouterr().err
    assert "đầy" in said
    assert "lỗi của chương trình" not in said
    monkeypatch.undo()
    assert run(["init", str(tmp_path / "vote")]) == 0


@pytest.mark.parametrize("code", [errno.EROFS, errno.EACCES])
@pytest.mark.parametrize("command", ["verify", "status"])
def test_a_folder_that_can_only_be_read_is_a_line(printed, capsys, monkeypatch, command, code):
    """The system's refusal in our words, with the file, and nothing that looks like a bug."""
    real = os.open

    def refuse(path, flags, *more, **named):
        if flags & os.O_RDWR:
            raise OSError(code, os.strerror(code), str(path))
        return real(path, flags, *more, **named)

    monkeypatch.setattr("os.open", refuse)
    assert run([command, str(printed)]) == 1
    error = capsys.readouterr().err.replace("\n", " ")
    assert {errno.EROFS: "chỉ cho phép đọc", errno.EACCES: "không có quyền"}[code] in error
    assert "omr.sqlite" in error
    assert "lỗi của chương trình" not in error


@pytest.mark.parametrize(
    ("fault", "said"),
    [
        (OSError(errno.ECONNREFUSED, "Connection refused"), "máy ở địa chỉ đó không trả lời"),
        (OSError(errno.ENOMEM, "Cannot allocate memory"), "không còn đủ bộ nhớ"),
        (MemoryError(), "không còn đủ bộ nhớ"),
        (OSError(errno.ECHILD, "No child processes"), "No child processes"),
    ],
)
def test_what_the_system_refuses_without_a_file_is_no_bug(printed, capsys, monkeypatch, fault, said):
    """Nor does it blame the folder."""

    def refuse(*_any, **_named):
        raise fault

    monkeypatch.setattr("omr.cli.count_folder", refuse)
    assert run(["status", str(printed)]) == 1
    error = " ".join(capsys.readouterr().err.split())
    assert said in error
    assert not any(word in error for word in ("thư mục", "không dùng được", "lỗi của chương trình"))


def test_what_the_system_says_is_said_in_our_words(printed, tmp_path, capsys):
    """What is not in the table keeps the system's own words."""
    assert run(["export", str(printed), "--format", "csv", "--out", str(tmp_path)]) == 1
    assert "đây là thư mục" in one_line(capsys)
    assert why(OSError(errno.ECHILD, "No child processes")) == "No child processes"


def test_every_help_is_in_our_words_altogether(capsys):
    """The parser says some of it by itself, in English; a metavar that nobody gave is a name of Python's."""
    commands = get_command(app).commands
    assert len(commands) > 20
    for name, command in commands.items():
        assert run([name, "--help"]) == 0
        out = capsys.readouterr().out
        assert "Cách dùng: omr" in out
        assert "hiện trợ giúp này" in out
        assert not re.search(r"Show this|Usage|OPTIONS|COMMAND|[{][a-z_]+[}]", out), name
        named = [each.metavar for each in command.params if each.param_type_name == "argument"]
        assert all(named), name
    assert run(["--help"]) == 0
    assert not re.search(r"Show this|Usage|OPTIONS|COMMAND", capsys.readouterr().out)


def test_words_in_brackets_stay_in_a_help(capsys):
    """They were taken for a style."""
    assert run(["resolve", "--help"]) == 0
    assert "[rules]" in capsys.readouterr().out


def test_the_help_says_what_is_required_and_what_is_usual(capsys):
    assert run(["print", "--help"]) == 0
    assert run(["audit", "--help"]) == 0
    out = capsys.readouterr().out
    assert "[bắt buộc]" in out
    assert "[mặc định: 5%]" in out
    assert "[required]" not in out


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["nothing"], "không hiểu lệnh: nothing."),
        (["taly", "demo"], "không hiểu lệnh: taly; có phải ý là “tally”? xem omr --help"),
        (["it's"], "không hiểu lệnh: it's."),
        (["tally", "x", "và", "nữa"], "không hiểu lệnh: và nữa."),
        (["print", "x", "--copies"], "--copies cần có giá trị"),
        (["print", "x", "--copies", "0"], "giá trị của --copies không dùng được: phải từ 1 trở lên."),
        (["print", "x", "--copies", "ba"], "phải là số nguyên."),
        (["scan", "x", "y", "--count", "3"], "phải từ 2 trở xuống."),
        (["serve", "--port", "70000"], "phải từ 65535 trở xuống."),
        (["export", "x", "--format", "xml"], "phải là một trong: csv, cvr-json."),
    ],
)
def test_what_the_parser_finds_is_said_in_our_words(capsys, arguments, said):
    assert run(arguments) == 2
    assert said in one_line(capsys).lower()


def test_pages_are_read_without_a_screen(tmp_path):
    """A server or a console has none: no library of pictures may ask for a window or a plugin of one."""
    folder = Folder(tmp_path / "bch")
    with sample() as given:
        lay_out_sample(given, folder)
        print_ballots(folder, 46, find_family(LAST_RESORT))
        page = given / "scans" / "jpeg" / "scan-032.jpg"
        command = [sys.executable, "-m", "omr", "scan", str(folder.root), str(page), "--jobs", "1"]
        blind = {name: value for name, value in os.environ.items() if name not in SCREENS}
        done = subprocess.run(
            command,
            env=blind | {"QT_QPA_PLATFORM": "nothing-of-that-name", "PYTHONPATH": str(ROOT)},
            capture_output=True,
            text=True,
            check=False,
            timeout=120,
        )
    assert done.returncode == 0, done.stderr
    assert [each["state"] for each in status(count_folder(folder).now)["pages"]] == ["read"]


@pytest.fixture
def strange_page(tmp_path):
    """A scanned ballot of another election."""
    with sample() as given:
        path = tmp_path / "scan-032.jpg"
        path.write_bytes((given / "scans" / "jpeg" / path.name).read_bytes())
    return path


def test_a_stack_of_which_nothing_could_be_read_is_a_failure(printed, strange_page, tmp_path, capsys):
    """The table looks as if all were well: every page is in. Said again with the same command."""
    root = tmp_path / "bch"
    shutil.copytree(printed, root)
    for _time in range(2):
        assert run(["scan", str(root), str(strange_page), "--jobs", "1"]) == 1
        last = capsys.readouterr().err.splitlines()[-1]
        assert last.startswith("Lỗi: Không đọc được trang nào thành phiếu của cuộc này: 1 trang")
        assert "mã QR của cuộc lấy phiếu khác" in last
        assert "omr look" in last


def test_ballots_of_an_earlier_print_are_a_failure_unless_others_are_read(tmp_path, strange_page, capsys):
    """One sheet that was read makes it an everyday batch."""
    folder = Folder(tmp_path / "bch")
    with sample() as given:
        lay_out_sample(given, folder)
        print_ballots(folder, 46, find_family(LAST_RESORT))
        toml = folder.election_toml.read_text(encoding="utf-8")
        folder.election_toml.write_text(toml.replace("year = 2023", "year = 2024"), encoding="utf-8")
        print_ballots(folder, 46, find_family(LAST_RESORT), anew=True)
        assert run(["scan", str(folder.root), str(strange_page), "--jobs", "1"]) == 1
        assert "bản danh sách khác" in capsys.readouterr().err
        shutil.rmtree(folder.originals_dir)
        folder.database.unlink()
        folder.election_toml.write_text(toml, encoding="utf-8")
        print_ballots(folder, 46, find_family(LAST_RESORT), anew=True)
        foreign = str(given / "scans" / "jpeg" / "scan-031.jpg")
        assert run(["scan", str(folder.root), str(strange_page), foreign, "--jobs", "1"]) == 0


def test_a_mistyped_path_is_the_last_that_is_said(printed, capsys):
    """A table after it would push it off the screen."""
    assert run(["scan", str(printed), "/nowhere.pdf"]) == 1
    said = capsys.readouterr()
    assert said.out == ""
    assert "nowhere.pdf" in said.err.splitlines()[-1]


def test_stopping_is_no_crash(printed, capsys, monkeypatch):
    def stop(_folder):
        raise KeyboardInterrupt

    monkeypatch.setattr(cli, "count_folder", stop)
    assert run(["tally", str(printed)]) == 1
    assert "dừng" in one_line(capsys)


def test_numbers_that_contradict_each_other_have_their_own_code(printed, capsys):
    """Exit 4: issued 9, printed 3 (law, point 9)."""
    toml = Folder(printed).election_toml
    before = toml.read_text(encoding="utf-8")
    toml.write_text(before.replace("# issued =", "issued = 9"), encoding="utf-8")
    try:
        assert run(["tally", str(printed)]) == 4
        assert run(["report", str(printed)]) == 4
    finally:
        toml.write_text(before, encoding="utf-8")


def test_a_changed_list_is_printed_anew_and_said(printed, capsys):
    """Before anything was scanned the list may change, on purpose; the ballots printed before are void."""
    people = Folder(printed).people_csv
    before = people.read_text(encoding="utf-8")
    people.write_text(before.replace("Lê Văn Mẫu", "Lê Văn Mẫu Khác"), encoding="utf-8")
    assert run(["print", str(printed), "--copies", "2"]) == 1
    assert "Lê Văn Mẫu Khác" in one_line(capsys)
    assert run(["print", str(printed), "--copies", "2", "--anew"]) == 0
    assert "Hủy" in capsys.readouterr().out
    people.write_text(before, encoding="utf-8")
    assert run(["print", str(printed), "--copies", "3", "--anew"]) == 0


def test_the_version_is_said(capsys):
    assert run(["--version"]) == 0
    assert re.fullmatch(r"omr \d+\.\d+\.\d+\n", capsys.readouterr().out)


def test_the_language_is_found_before_anything_is_said():
    assert wanted_language(["--lang", "en", "tally"]) == "en"
    assert wanted_language(["--lang=en"]) == "en"
    assert wanted_language(["--lang"]) == ""


def test_the_words_for_decisions_are_those_of_the_law():
    """What the help of `omr resolve` lists is what the law knows."""
    command = next(c for c in app.registered_commands if c.name == "resolve")
    assert command.callback is not None
    assert {"blank", "overvote", "struck"} == rules.INVALID_ROW
