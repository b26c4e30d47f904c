"""The page of `litsync graph` in a real browser. Skipped where there is none; what it is made of is tested without."""

from __future__ import annotations

import shutil

import pytest
from classifications import HOSTILE, SHIPPED, read

from litsync.exchange.classification import Classification, Method, Paper, Places, Section
from litsync.exchange.graph_html import graph_html
from litsync.exchange.graph_layout import lay_out

playwright = pytest.importorskip("playwright.sync_api", reason="playwright is not installed")
BROWSER = next(filter(None, map(shutil.which, ("chromium", "chromium-browser", "google-chrome", "chrome"))), None)
pytestmark = pytest.mark.skipif(BROWSER is None, reason="no Chromium is installed")
SIZE = {"width": 1440, "height": 900}
PATIENCE = 60_000


@pytest.fixture(scope="module")
def browser():
    """A browser without a window."""
    with playwright.sync_playwright() as started:
        running = started.chromium.launch(executable_path=BROWSER, args=["--no-sandbox"], timeout=PATIENCE)
        yield running
        running.close()


@pytest.fixture
def show(browser, tmp_path):
    """Opens the page of a classification; whatever the browser complains of fails the test."""
    troubles, pages = [], []

    def opened(found, **options):
        file = tmp_path / "graph.html"
        file.write_text(graph_html(found, lay_out(found), Places()), encoding="utf-8")
        page = browser.new_page(viewport=SIZE, reduced_motion="reduce", **options)
        page.set_default_timeout(PATIENCE)
        page.on("console", lambda message: troubles.append(message.text) if message.type == "error" else None)
        page.on("pageerror", lambda error: troubles.append(str(error)))
        page.on("request", lambda request: troubles.append(request.url) if request.url != file.as_uri() else None)
        page.goto(file.as_uri())
        pages.append(page)
        return page

    yield opened
    for page in pages:
        page.close()
    assert troubles == []


def spot(page, key):
    """Where on the page the dot of a paper is, when all is shown."""
    return page.evaluate(
        """key => {
          const data = JSON.parse(document.getElementById("data").textContent);
          const { x, y } = data.papers.find((paper) => paper.key === key);
          const view = document.getElementById("picture").__zoom, box = document.getElementById("picture").getBoundingClientRect();
          return [box.x + view.applyX(x), box.y + view.applyY(y)];
        }""",
        key,
    )


def eventually(page, check):
    """Waits until the check holds; the page's own policy forbids the browser to wait for a script of ours."""
    for _ in range(300):
        if check():
            return True
        page.wait_for_timeout(100)
    return False


def ground(page):
    """The colour of the picture's corner, as it was painted."""
    return page.evaluate("[...document.getElementById('picture').getContext('2d').getImageData(3, 3, 1, 1).data]")


def scale(page):
    """How far the picture is zoomed in."""
    return page.evaluate("document.getElementById('picture').__zoom.k")


def test_search_filter_and_click(show):
    """Searching narrows list and picture, a click on a dot tells of its paper, and a method leads to its papers."""
    page = show(read(SHIPPED), color_scheme="light")
    rows = page.locator("#papers li")
    assert rows.count() == 33
    assert eventually(page, lambda: ground(page) == [252, 252, 251, 255])

    page.fill("#search", "nérf")
    assert rows.count() == 4
    assert page.inner_text("#count").startswith("4 of 33 papers")
    page.click("#clear")
    assert rows.count() == 33

    page.mouse.click(*spot(page, "yao2022dfanerf"))
    assert page.inner_text("#card h2").startswith("DFA-NeRF: Personalized")
    assert page.locator("#card .tags button").all_inner_texts() == ["Transformer", "NeRF", "3DMM"]
    assert page.locator("#card .links a").first.get_attribute("href") == "https://export.arxiv.org/pdf/2201.00791.pdf"

    page.locator("#card .tags button", has_text="3DMM").click()
    page.locator("#card button", has_text="Only these papers").click()
    assert rows.count() == 10
    page.select_option("#from", "2022")
    assert rows.count() == 2
    page.keyboard.press("Escape")
    assert page.locator("#card").is_hidden()


def test_keys_and_dark_mode(show):
    """All of it works without a mouse; the picture follows the system's mode, and the button changes it."""
    page = show(read(SHIPPED), color_scheme="dark")
    assert eventually(page, lambda: ground(page) == [21, 23, 26, 255])
    page.click("#theme")
    page.wait_for_function(
        "document.getElementById('picture').getContext('2d').getImageData(3, 3, 1, 1).data[0] === 252"
    )

    page.keyboard.press("/")
    page.keyboard.type("headgan")
    page.keyboard.press("Tab")
    page.locator("#papers button").focus()
    page.keyboard.press("Enter")
    assert page.inner_text("#card h2").startswith("HeadGAN")
    page.focus("#picture")
    before = scale(page)
    page.keyboard.press("+")
    assert eventually(page, lambda: scale(page) > before * 1.3)


def test_hostile_texts_do_nothing(show):
    """Titles full of markup are shown as they are written, and no script of theirs runs."""
    page = show(read(HOSTILE))

    assert page.locator("#papers li").count() == 4
    assert page.locator("#papers li button").nth(2).inner_text().startswith("</script><script>alert(1)</script>")
    page.locator("#papers li button").nth(2).click()
    assert page.inner_text("#card h2").startswith("</script><script>")


def test_five_thousand_papers(show):
    """They are all there, can be searched, and one of them can be chosen from the list and then from the picture."""
    methods = tuple(Method(f"m{number}", f"Method {number}", colour="#0077bb") for number in range(40))
    papers = tuple(
        Paper(f"p{number}", f"Paper number {number}", ("Author",), str(2000 + number % 25), sections=("s",),
              methods=tuple(sorted({f"m{number % 40}", f"m{number * 7 % 40}"})))
        for number in range(5000)
    )  # fmt: skip
    page = show(Classification("Many", (Section("s", "S"),), methods, papers))
    assert page.locator("#papers li").count() == 5000

    page.fill("#search", "number 4711")
    assert page.locator("#papers li").count() == 1
    page.click("#papers button")
    assert page.inner_text("#card h2") == "Paper number 4711"
    page.click("#fit")
    page.click("#card .close")
    page.mouse.click(*spot(page, "p4711"))
    assert page.inner_text("#card h2") == "Paper number 4711"
