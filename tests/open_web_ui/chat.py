"""What people do in Open WebUI, in headless Chromium; prints as JSON what came of it.

Run by the Python of an environment that has Playwright, which that of the other tests has not:

    chat.py first URL SCREENSHOT     # the first user signs up and asks, the second one tries to sign up
    chat.py later URL                # the first user comes back, the second one tries again
"""

import json
import sys
from typing import Any
from urllib.parse import urlsplit

from playwright.sync_api import Browser, Locator, Page, sync_playwright

FIRST = {"name": "Ada", "email": "ada@example.com", "password": "a password that is none"}
SECOND = {"name": "Bob", "email": "bob@example.com", "password": "another one"}
QUESTION = "Why is the sky blue?"
START_MS = 120_000
ANSWER_MS = 180_000
GLANCE_MS = 100
QUIET_MS = 10_000
"""After which an answer that has begun is taken for complete."""

REQUEST = """async ([path, body]) => {
    const headers = {'Content-Type': 'application/json', Authorization: `Bearer ${localStorage.token}`};
    const answer = await fetch(path, body ? {method: 'POST', headers, body: JSON.stringify(body)} : {headers});
    return [answer.status, await answer.json()];
}"""


def first(browser: Browser, url: str, screenshot: str) -> dict[str, Any]:
    page, hosts = opened(browser, url)
    page.get_by_role("button", name="Get started").click()
    for field, value in FIRST.items():
        page.locator(f"#{field}").fill(value)
    page.get_by_role("button", name="Create Admin Account").click()
    listed = models(page)
    lengths = ask(page)
    page.screenshot(path=screenshot)
    return {
        "role": request(page, "/api/v1/auths/")[1]["role"],
        "models": listed,
        "lengths": lengths,
        "answer": answer(page).inner_text(),
        "second": second(browser, url),
        "hosts": sorted(hosts),
    }


def later(browser: Browser, url: str) -> dict[str, Any]:
    page, hosts = opened(browser, url)
    for field in ("email", "password"):
        page.locator(f"#{field}").fill(FIRST[field])
    page.get_by_role("button", name="Sign in").click()
    listed = models(page)
    # The list of chats is there, but out of the way by itself.
    chats = page.locator("a[href^='/c/']")
    chats.first.wait_for(state="attached")
    page.goto(f"{url}{chats.first.get_attribute('href')}")
    answer(page).wait_for()
    return {
        "models": listed,
        "answer": answer(page).inner_text(),
        "second": second(browser, url),
        "hosts": sorted(hosts),
    }


def opened(browser: Browser, url: str) -> tuple[Page, set[str]]:
    """Return the page as somebody sees it who was never there, and the hosts that it asks things of."""
    page = browser.new_context(viewport={"width": 1280, "height": 800}).new_page()
    page.set_default_timeout(START_MS)
    hosts: set[str] = set()
    page.on("request", lambda request: hosts.add(urlsplit(request.url).hostname or "") if ":" in request.url else None)
    page.goto(url)
    return page, hosts


def request(page: Page, path: str, body: dict[str, str] | None = None) -> tuple[int, Any]:
    status, said = page.evaluate(REQUEST, [path, body])
    return status, said


def second(browser: Browser, url: str) -> dict[str, Any]:
    """Return what somebody finds who would like to sign up as well, in the page and behind it."""
    page, _ = opened(browser, f"{url}/auth")
    page.locator("#password").wait_for()
    link = page.get_by_text("Sign up").count()
    return {"links": link, "status": request(page, "/api/v1/auths/signup", SECOND)[0]}


def models(page: Page) -> list[str]:
    page.locator("#chat-input").wait_for()
    if (news := page.get_by_role("button", name="Okay, Let's Go!")).is_visible():
        news.click()
    page.locator("[id^=model-selector-][id$=-button]").first.click()
    entries = page.locator("[aria-label=model-item], [role=option]")
    entries.first.wait_for()
    found = [entry.inner_text().strip() for entry in entries.all()]
    page.keyboard.press("Escape")
    return found


def ask(page: Page) -> list[int]:
    """Ask the model, and return the lengths that the answer had while it came."""
    page.locator("#chat-input").click()
    page.keyboard.type(QUESTION)
    page.keyboard.press("Enter")
    answer(page).wait_for()
    lengths = [0]
    quiet_ms = 0
    for _ in range(ANSWER_MS // GLANCE_MS):
        length = len(answer(page).inner_text())
        quiet_ms += GLANCE_MS
        if length != lengths[-1]:
            lengths.append(length)
            quiet_ms = 0
        if length and quiet_ms > QUIET_MS:
            break
        page.wait_for_timeout(GLANCE_MS)
    return lengths


def answer(page: Page) -> Locator:
    return page.locator("#response-content-container, .chat-assistant").last


def main() -> None:
    what, url, *further = sys.argv[1:]
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path="/usr/bin/chromium", args=["--no-sandbox"])
        said = first(browser, url, *further) if what == "first" else later(browser, url)
        browser.close()
    print(json.dumps(said))


if __name__ == "__main__":
    main()
