"""A photo becomes smaller in the phone (shrink-photo.js), asked directly: what it is then, and which goes as it is."""

from typing import Any

import pytest

from tests.fixtures.page_alone import Alone

pytestmark = pytest.mark.browser
ASKS = """async () => {
    const { shrunk } = await import("SCRIPT")
    const canvasOf = (width, height) => Object.assign(document.createElement("canvas"), { width, height })
    const painted = (width, height, paints) => {
        const canvas = canvasOf(width, height)
        paints(canvas.getContext("2d"))
        return canvas
    }
    const blobOf = (canvas, ...how) => new Promise((done) => canvas.toBlob(done, ...how))
    const photo = (blob, size, name = "IMG.2041.png", type = "image/png") =>
        new File([blob, new Uint8Array(Math.max(0, size - blob.size))], name, { type })
    const pixels = async (blob, ...places) => {
        const picture = await createImageBitmap(blob)
        const seen = painted(picture.width, picture.height, (pen) => pen.drawImage(picture, 0, 0)).getContext("2d")
        return [picture.width, picture.height, ...places.map((at) => [...seen.getImageData(...at, 1, 1).data])]
    }
    const grained = (width, height) => painted(width, height, (pen) => {
        const all = pen.createImageData(width, height)
        for (let at = 0, grain = 7; at < all.data.length; at++) all.data[at] = at % 4 === 3 ? 255 : (grain = (grain * 75 + 74) % 65537) % 256
        pen.putImageData(all, 0, 0)
    })
    return await (ACT)()
}"""
"""Asks ACT of a page, which paints its own photos: `photo(blob, size)` weighs as much as is said."""


def asks(alone: Alone, act: str) -> Any:
    """What *act*, a function of JavaScript, gives."""
    alone.opens("moments, none")
    return alone.page.evaluate(ASKS.replace("SCRIPT", alone.script("shrink-photo")).replace("ACT", act))


def test_a_photo_becomes_a_jpeg_of_2048_dots_as_it_was_seen_and_white_where_it_shone_through(alone: Alone) -> None:
    named, large, clear, small = asks(
        alone,
        """async () => {
            const blue = painted(1536, 4096, (pen) => { pen.fillStyle = "blue"; pen.fillRect(0, 0, 1536, 4096) })
            const large = await shrunk(photo(await blobOf(blue), 400_000))
            const clear = await shrunk(photo(await blobOf(canvasOf(320, 240)), 400_000))
            const small = await shrunk(photo(await blobOf(painted(320, 240, (pen) => pen.fillRect(0, 0, 9, 9))), 800_000))
            return [
                [large.name, large.type],
                await pixels(large, [0, 500], [500, 0], [767, 2047]),
                await pixels(clear, [0, 120], [160, 0], [319, 239]),
                (await pixels(small)),
            ]
        }""",
    )

    assert named == ["IMG.2041.jpg", "image/jpeg"]
    assert large[:2] == [768, 2048]
    assert all(red < 20 and green < 20 and blue > 235 for red, green, blue, _ in large[2:])
    assert clear == [320, 240, *3 * [[255, 255, 255, 255]]]
    assert small == [320, 240], "it is not made larger"


def test_what_is_light_is_no_picture_cannot_be_read_or_would_be_heavier_goes_as_it_is(alone: Alone) -> None:
    same, weighs, unasked = asks(
        alone,
        """async () => {
            const plain = await blobOf(painted(320, 240, (pen) => pen.fillRect(0, 0, 9, 9)))
            const grain = grained(900, 900)
            const rough = await blobOf(grain, "image/jpeg", 0.7)
            const light = photo(plain, 399_999)
            const file = photo(plain, 500_000, "attestation.bin", "application/octet-stream")
            const broken = photo(new Blob(["no picture"]), 500_000)
            const lighter = await shrunk(photo(rough, 9_000_000))
            const even = photo(rough, lighter.size)
            const barely = photo(rough, lighter.size + 1)
            const same = []
            for (const one of [light, file, broken, even, barely]) same.push((await shrunk(one)) === one)
            const picture = await createImageBitmap(rough)
            const again = painted(picture.width, picture.height, (pen) => pen.drawImage(picture, 0, 0))
            return [same, lighter.size, (await blobOf(again, "image/jpeg")).size]
        }""",
    )

    assert same == [True, True, True, True, False]
    assert 400_000 < weighs < 0.9 * unasked, "it is a good deal lighter than what the browser makes unasked"
