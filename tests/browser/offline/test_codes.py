"""A phone without any signal: its queue goes over to another phone as codes on its screen."""

from __future__ import annotations

import base64
from collections.abc import Iterator
from pathlib import Path

import pytest
import segno
import zxingcpp
from playwright.sync_api import Page, expect

from tests.browser.conftest import DESK
from tests.browser.offline.phones import Phones, arrived, confirmed, ready, send, tick, waits

pytestmark = [pytest.mark.commits, pytest.mark.browser]

# What phones have and a Chromium for desks lacks; it is given the picture and asks a real reader.
DETECTOR = """window.BarcodeDetector = class {
  async detect(picture) {
    const canvas = new OffscreenCanvas(picture.width, picture.height);
    const pen = canvas.getContext("2d");
    pen.drawImage(picture, 0, 0);
    const { data } = pen.getImageData(0, 0, picture.width, picture.height);
    const reds = data.filter((_, n) => n % 4 === 0);
    const grey = Array.from(reds, (value) => String.fromCharCode(value));
    const found = await window.readGrey(btoa(grey.join("")), picture.width);
    return found.map((rawValue) => ({ rawValue }));
  }
}"""
EXACT = {2: 32, 7: 154, 9: 230, 10: 271, 14: 458, 20: 858}  # letters that leave no room, by version


def read_grey(grey: str, width: int) -> list[str]:
    """What the codes in a picture say."""
    pixels = base64.b64decode(grey)
    picture = memoryview(pixels).cast("B", (len(pixels) // width, width))
    return [code.text for code in zxingcpp.read_barcodes(picture)]


@pytest.fixture
def coordinator(phone: Phones) -> Iterator[Page]:
    """Lin at the same portal, with a browser that knows codes."""
    hers = Phones(phone.site, phone.line, phone.chromium, phone.folder)
    page = hers.open("lin", viewport=DESK)
    page.expose_function("readGrey", read_grey)
    page.add_init_script(DETECTOR)
    yield page
    hers.close()


def pictures_of_codes(page: Page, folder: Path) -> list[Path]:
    """Photographs of every code that a phone shows."""
    page.locator("[data-show-codes]").click()
    taken: list[Path] = []
    while True:
        taken.append(folder / f"code-{len(taken)}.png")
        code = page.locator(".code svg")
        code.screenshot(path=taken[-1])
        shown = code.get_attribute("aria-label") or ""
        if shown.endswith(f"{len(taken)} 张（共 {len(taken)} 张）"):
            return taken
        page.locator("[data-next]").click()


def test_what_waits_on_a_phone_without_signal_is_read_from_its_screen(
    phone: Phones, coordinator: Page, tmp_path: Path
) -> None:
    page = phone.open("zhou")
    page.goto(phone.plan)
    ready(page)
    phone.line.cut()
    for n in range(12):
        tick(page, n, "not_home")
        waits(page, n)
    page.goto("/queue")
    expect(page.locator("[data-list] li")).to_have_count(12)
    codes = pictures_of_codes(page, tmp_path)
    assert len(codes) > 1

    phone.line.mend()
    coordinator.goto("/queue")
    coordinator.locator("[data-pictures]").set_input_files([codes[-1]])
    state = coordinator.locator("[data-state]")
    expect(state).to_contain_text("缺")
    coordinator.locator("form[enctype] button[type=submit]").click()
    expect(coordinator.locator("form[enctype] .error")).to_contain_text("缺少或损坏")
    coordinator.locator("[data-pictures]").set_input_files(codes)
    expect(state).to_contain_text("已全部读取")
    coordinator.locator("form[enctype] button[type=submit]").click()
    expect(coordinator.locator("#messages")).to_contain_text("12")
    credits = {visit.credit_id for visit in arrived(phone, 12)}
    assert credits == {phone.site.people["zhou"].id}

    send(page)
    confirmed(page, 12)
    arrived(phone, 12)


def test_codes_are_those_of_another_encoder_bit_by_bit(phone: Phones) -> None:
    page = phone.open("zhou")
    page.goto("/queue")
    for version, length in EXACT.items():
        text = ("bulou-" * 150)[:length]
        drawn = page.evaluate("(text) => window.bulou.qr(text)", text)
        others = [
            segno.make(
                text, error="l", mode="byte", version=version, mask=mask, boost_error=False
            ).matrix
            for mask in range(8)
        ]
        assert drawn in [[list(map(int, row)) for row in other] for other in others], version
