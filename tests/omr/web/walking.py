"""What a member does in a browser."""

from __future__ import annotations


def enter(page, server):
    """Open the one-time address."""
    page.goto(server.door())
    page.wait_for_load_state()


def sit_down(page, url, who, pin):
    """Log in on the page of the members."""
    page.goto(f"{url}/e/bch/members")
    page.get_by_label(who).check()
    page.locator("#pin").fill(pin)
    page.locator("form[action$='/enter'] button").click()
    page.wait_for_url("**/review**")
    page.wait_for_load_state()


def asked(page):
    """The address of the question on the screen; None where there is none."""
    question = page.locator("#question")
    return question.get_attribute("data-key") if question.count() else None


def gone(page, key):
    """Wait until another question, or none, stands there."""
    page.locator(f"#question[data-key='{key}']").wait_for(state="detached")


def press(page, answer):
    """Press the key of an answer, as its button shows it."""
    button = page.locator(f".answer[value^='{answer}@']")
    page.keyboard.press(button.get_attribute("data-key"))


def decide_all(page, truth):
    """Answer every question of this member with the key of its true answer; gives how many."""
    done = 0
    while (key := asked(page)) is not None:
        press(page, truth[key])
        gone(page, key)
        done += 1
    return done
