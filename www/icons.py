#!/usr/bin/python3
"""icons.py: draw public/*.png, the sign of public/favicon.svg for systems that take no
SVG on a home screen. Needs nothing but Python; the same bytes every time."""

import math
import pathlib
import struct
import zlib

PUBLIC = pathlib.Path(__file__).parent / "public"
BLUE, WHITE = (0x2F, 0x6F, 0xEB), (255, 255, 255)
TICK = [(10, 16.5), (14.2, 20.7), (22.5, 12)]  # in a square of 32
STROKE, RADIUS = 2.8, 14


def to_segment(x, y, a, b):
    """The distance of a point from a line with round ends."""
    dx, dy = b[0] - a[0], b[1] - a[1]
    t = max(0, min(1, ((x - a[0]) * dx + (y - a[1]) * dy) / (dx * dx + dy * dy)))
    return math.hypot(x - a[0] - t * dx, y - a[1] - t * dy)


def covered(distance, edge, pixel):
    """How much of a pixel lies inside of an edge, 0 to 1."""
    return max(0.0, min(1.0, (edge - distance) / pixel + 0.5))


def pixels(size, full, scale):
    """Rows of RGBA; full: blue to the edges, for systems that cut the shape themselves."""
    unit = 32 / size
    for row in range(size):
        line = bytearray([0])
        for column in range(size):
            x = 16 + ((column + 0.5) * unit - 16) / scale
            y = 16 + ((row + 0.5) * unit - 16) / scale
            pixel = unit / scale
            disc = 1.0 if full else covered(math.hypot(x - 16, y - 16), RADIUS, pixel)
            near = min(to_segment(x, y, *pair) for pair in zip(TICK, TICK[1:]))
            tick = covered(near, STROKE / 2, pixel)
            line += bytes(round(b + (w - b) * tick) for b, w in zip(BLUE, WHITE))
            line.append(round(255 * disc))
        yield bytes(line)


def png(size, full, scale):
    def chunk(kind, data):
        return (struct.pack(">I", len(data)) + kind + data
                + struct.pack(">I", zlib.crc32(kind + data)))
    header = struct.pack(">IIBBBBB", size, size, 8, 6, 0, 0, 0)
    data = zlib.compress(b"".join(pixels(size, full, scale)), 9)
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", header) + chunk(b"IDAT", data) + chunk(b"IEND", b"")


def main():
    for name, size, full, scale in [("icon-192", 192, False, 1), ("icon-512", 512, False, 1),
                                    ("icon-maskable", 512, True, 1),
                                    ("apple-touch-icon", 180, True, 1.1)]:
        (PUBLIC / f"{name}.png").write_bytes(png(size, full, scale))


if __name__ == "__main__":
    main()
