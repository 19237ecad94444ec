"""Checks the status page in a browser and takes pictures of it: a node with much to show, and one with nothing.

Usage: page_check.py BROWSER PROFILE-FOLDER PICTURES-FOLDER URL-OF-THE-FULL-NODE URL-OF-THE-EMPTY-NODE NUMBER-OF-FILES
"""

import os
import sys

from browser import Browser

ROWS = 15
CONTRAST = """(() => {
  const parts = text => text.match(/[0-9.]+/g).map(Number);
  const light = text => { const [r, g, b] = parts(text).slice(0, 3).map(v => (v /= 255) <= .04045 ? v / 12.92 : ((v + .055) / 1.055) ** 2.4);
    return .2126 * r + .7152 * g + .0722 * b; };
  const behind = e => { for (; e; e = e.parentElement) { const c = getComputedStyle(e).backgroundColor; if ((parts(c)[3] ?? 1) > 0) return c; } };
  const poor = [];
  for (const e of document.querySelectorAll("body *")) {
    if (![...e.childNodes].some(n => n.nodeType === 3 && n.data.trim()) || !e.checkVisibility() || e.disabled) continue;
    const a = light(getComputedStyle(e).color), b = light(behind(e)), ratio = (Math.max(a, b) + .05) / (Math.min(a, b) + .05);
    if (ratio < 4.5) poor.push(e.textContent.slice(0, 30) + " " + ratio.toFixed(2));
  }
  return poor;
})()"""
WATCH = """(() => {
  window.touched = 0;
  const watch = new MutationObserver(all => { window.touched += all.length; });
  for (const id of ["files", "ring"]) watch.observe(document.querySelector("#" + id + " tbody"),
    { subtree: true, childList: true, characterData: true, attributes: true });
})()"""
BEYOND = """[...document.querySelectorAll("section *")].filter(e => e.checkVisibility() && e.namespaceURI.endsWith("xhtml")
  && e.getBoundingClientRect().right > e.closest("section").getBoundingClientRect().right - 9).map(e => e.outerHTML.slice(0, 60))"""
NAMES = "[...document.querySelectorAll('#files tbody tr')].map(row => row.cells[0].textContent)"


class Checks:
    """Counts checks, and prints those that failed."""

    def __init__(self):
        self.passed = 0
        self.failed = 0

    def check(self, name, good, detail=""):
        if good:
            self.passed += 1
        else:
            self.failed += 1
            print("FAILED: " + name, detail)


def text(browser, selector):
    """The text of the first element that a selector finds."""
    return browser.evaluate("document.querySelector('" + selector + "').textContent")


def size(browser):
    """The page's width and height in pixels."""
    return browser.evaluate("[document.documentElement.scrollWidth, document.documentElement.scrollHeight]")


def unnamed(browser):
    """Controls and pictures that a screen reader could not name."""
    named = ("button", "textbox", "searchbox", "img", "image", "link", "ProgressIndicator", "progressbar")
    return [node["role"]["value"] for node in browser.call("Accessibility.getFullAXTree")["nodes"]
            if not node.get("ignored") and node.get("role", {}).get("value") in named and not node.get("name", {}).get("value")]


def check_history(browser, checks):
    """The charts show what was before the page was opened."""
    checks.check("the page shows the node", browser.until("typeof past === 'object' && past.end > 0 && last !== null"))
    points, end = browser.evaluate("[document.querySelector('.chart path.line0').getAttribute('d').match(/[ML]/g).length, past.end]")
    checks.check("the history is there at once", points == min(end, 300) >= 4, f"{points} points of {end}")
    checks.check("requests are in it", browser.evaluate("Math.max(...past.requests) > 0"))
    checks.check("evictions are in it", browser.evaluate("Math.max(...past.evicted) > 0"))
    checks.check("errors are in it", browser.evaluate("Math.max(...past.errors) > 0"))
    checks.check("a chart has its unit", browser.evaluate("document.querySelector('.chart .labels').textContent.includes('requests/s')"))
    checks.check("charts are told to screen readers", "now " in browser.evaluate("document.querySelector('.chart svg').getAttribute('aria-label')"))
    browser.evaluate("document.querySelector('.plot').focus()")
    browser.press("ArrowLeft", 37)
    when = "document.querySelector('.scale span:nth-child(2)').textContent"
    checks.check("keys move along a chart", browser.evaluate(when).startswith("values of "), browser.evaluate(when))
    browser.evaluate("document.activeElement.blur()")
    checks.check("and leave it", browser.evaluate(when) == "5 minutes ago", browser.evaluate(when))
    before = browser.evaluate("past.end")
    checks.check("the history goes on", browser.until(f"past.end >= {before} + 2"))
    twice = "past.requests.length === Math.min(past.end, 300)"
    checks.check("no interval is there twice", browser.evaluate(twice))

    # As after a restart of the node: it runs for less time than before.
    browser.evaluate("last.uptime = 1e15")
    checks.check("a node that was restarted is shown", browser.until("last.uptime < 1e15"))
    checks.check("its history begins anew", browser.evaluate(twice), browser.evaluate("[past.requests.length, past.end]"))


def check_state(browser, checks):
    """Head, tiles and sections."""
    checks.check("the head says that the node is up", text(browser, "#state") == "up", text(browser, "#state"))
    checks.check("the head has the ring", text(browser, "#ringState") == "ring: 1 of 2 nodes up", text(browser, "#ringState"))
    checks.check("the head has the replica", browser.until("document.querySelector('#replicationState').textContent === '1 replica'"))
    checks.check("errors are counted", text(browser, "#errors") != "0")
    rows = browser.evaluate("[...document.querySelectorAll('#ring tbody tr')].map(row => [...row.cells].map(cell => cell.textContent).join())")
    checks.check("the ring is listed", len(rows) == 2 and rows[0].startswith("1 (this),") and rows[0].endswith(",up") and rows[1] == "2,127.0.0.1:1,down", rows)
    checks.check("the replica is listed", browser.until("/^Replica127.0.0.1:[0-9]+up/.test(document.querySelector('#replication tbody').textContent)"))
    checks.check("the log is shown", "Changes on the disk" in text(browser, "#journal"))
    checks.check("memcached is shown", "Items to store1" in text(browser, "#items"), text(browser, "#items"))
    checks.check("protocols are listed", browser.evaluate("document.querySelector('#protocols').rows.length") == 4)
    checks.check("partitions are shown", browser.evaluate("document.querySelectorAll('#bars i').length") >= 16)
    checks.check("a transfer is under way", browser.until("document.querySelector('#transfers progress') !== null"))


def check_files(browser, checks, files):
    """A list of thousands: pages, search, order, and nothing drawn without need."""
    checks.check("a page of files is shown", browser.until(f"document.querySelectorAll('#files tbody tr').length === {ROWS}"))
    checks.check("their number is told", f"1–{ROWS} of {files:,} files" == text(browser, "#files .pager span"), text(browser, "#files .pager span"))
    checks.check("files are hashed", browser.until("/^[0-9a-f]{12}…$/.test(document.querySelector('#files code')?.textContent) || (filesDue = 0)", 90))
    checks.check("no name became an element", browser.evaluate("document.querySelector('#files b') === null"))

    # Until everything is hashed and registered the rows do change.
    still = False
    for _ in range(20):
        browser.evaluate(WATCH)
        before = browser.evaluate("(filesDue = 0, past.end)")
        browser.until(f"past.end >= {before} + 3 && filesDue > 0")
        still = browser.evaluate("window.touched === 0")
        if still:
            break
    checks.check("rows that have not changed are not touched", still, browser.evaluate("window.touched"))

    browser.evaluate("(e => { e.value = 'FILE-4999'; e.dispatchEvent(new Event('input')); })(document.querySelector('#files input'))")
    checks.check("a search finds a file", browser.evaluate(NAMES) == ["file-4999.txt"], browser.evaluate(NAMES))
    browser.evaluate("(e => { e.value = 'odd & '; e.dispatchEvent(new Event('input')); })(document.querySelector('#files input'))")
    checks.check("a search takes text as it is", browser.evaluate(NAMES) == ["<b>odd & name.txt"], browser.evaluate(NAMES))
    browser.evaluate("(e => { e.value = 'nowhere'; e.dispatchEvent(new Event('input')); })(document.querySelector('#files input'))")
    checks.check("a search that finds nothing says so", text(browser, "#files .pager span") == "none found")
    browser.evaluate("(e => { e.value = ''; e.dispatchEvent(new Event('input')); })(document.querySelector('#files input'))")

    # By keyboard: the head of the column Size, twice.
    browser.evaluate("document.querySelectorAll('#files th button')[1].focus()")
    for expected in ("ascending", "descending"):
        browser.press("Enter", 13, "\r")
        order = browser.evaluate("document.querySelectorAll('#files th')[1].getAttribute('aria-sort')")
        checks.check("a key sorts by a column, " + expected, order == expected, order)
    checks.check("the largest file is the first", browser.evaluate(NAMES)[:1] == ["large.bin"], browser.evaluate(NAMES)[:1])
    browser.evaluate("document.querySelectorAll('#files th button')[0].click()")
    checks.check("numbers in names are numbers", browser.evaluate(NAMES)[1:3] == ["file-1.txt", "file-2.txt"], browser.evaluate(NAMES)[:4])
    browser.evaluate("document.querySelectorAll('#files .pager button')[1].click()")
    checks.check("the next page follows", text(browser, "#files .pager span").startswith("16–30 of"), text(browser, "#files .pager span"))
    browser.evaluate("(document.querySelectorAll('#files .pager button')[0].click(), document.activeElement.blur())")


def look(browser, checks, folder, name):
    """Pictures in light, dark and on a telephone; what can be measured of them."""
    taken = {}
    for kind, width, dark in (("light", 1200, False), ("dark", 1200, True), ("telephone", 390, False), ("telephone-dark", 390, True)):
        browser.show(width, 1000, dark)
        wide, high = size(browser)
        checks.check(f"{name}, {kind}: nothing is wider than the page", wide <= width, f"{wide} pixels")
        checks.check(f"{name}, {kind}: the page is not long", high <= (8000 if width < 500 else 5000), f"{high} pixels")
        beyond = browser.evaluate(BEYOND)
        checks.check(f"{name}, {kind}: nothing reaches beyond its card", not beyond, beyond)
        poor = browser.evaluate(CONTRAST)
        checks.check(f"{name}, {kind}: text stands out from its background", not poor, poor)
        browser.show(width, high, dark)
        taken[kind] = browser.picture(os.path.join(folder, f"{name}-{kind}.png"))
        checks.check(f"{name}, {kind}: a picture", len(taken[kind]) > 20000)
    checks.check(f"{name}: light and dark differ", taken["light"] != taken["dark"])
    checks.check(f"{name}: every control has a name", not unnamed(browser), unnamed(browser))
    browser.show(1200, 1000)


def main(program, profile, folder, full, empty, files):
    checks = Checks()
    browser = Browser(program, profile)
    try:
        browser.show(1200, 1000)
        browser.open(full)
        check_history(browser, checks)
        check_state(browser, checks)
        check_files(browser, checks, int(files))
        look(browser, checks, folder, "full")
        browser.open(empty)
        checks.check("the empty node is shown", browser.until("typeof past === 'object' && past.end > 1 && last !== null"))
        checks.check("what it does not have is not there", browser.evaluate(
            "['ring', 'replication', 'data', 'memcached', 'transfers', 'registrations', 'ringState'].every(id => document.getElementById(id).hidden)"))
        before = browser.evaluate("past.end")
        checks.check("the page's own requests do not count",
                     browser.until(f"past.end >= {before} + 3") and browser.evaluate("sum(past.requests.slice(-2)) === 0"))
        look(browser, checks, folder, "empty")
        checks.check("the browser refused nothing and no script failed", not browser.complaints, browser.complaints)
    finally:
        browser.close()
    print(f"{checks.passed} passed, {checks.failed} failed")
    return 1 if checks.failed else 0


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
