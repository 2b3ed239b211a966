"""Photos: bounded before they are decoded, turned upright, and written anew without anything that is not picture.

What does not survive: EXIF (place, device, owner), comments, colour profiles (converted to sRGB), hidden second files
behind the picture, further frames.
"""

from __future__ import annotations

import io
import tempfile
import threading
import warnings
from contextlib import nullcontext
from dataclasses import dataclass
from typing import BinaryIO

from PIL import Image, ImageCms, ImageOps

from balcao.platform.files import kinds
from balcao.platform.files.refused import FileRefused

MAX_PIXELS = 50_000_000
#: Kept at most this wide and high: a 12-megapixel photo whole, legible papers, and 48 MB while it is worked on.
KEPT_SIDE = 4096
THUMBNAIL_SIDE = 480
_LARGE = 16_000_000
# A 50-megapixel PNG takes up to 400 MB while it is decoded and turned: one at a time in a process.
_one_large_at_a_time = threading.Lock()
_FORMATS = {kinds.JPEG: "JPEG", kinds.PNG: "PNG", kinds.WEBP: "WEBP", kinds.GIF: "GIF"}


@dataclass(frozen=True)
class Picture:
    """A clean picture in a temporary file at its beginning, its size in pixels, and its thumbnail as WebP."""

    file: BinaryIO
    kind: kinds.Kind
    width: int
    height: int
    thumbnail: bytes


def clean_picture(file: BinaryIO, kind: kinds.Kind) -> Picture:
    """Re-encode `file`, which `sniff` called `kind`. A GIF becomes a still PNG. FileRefused when it is too large or
    broken.
    """
    file.seek(0)
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", Image.DecompressionBombWarning)  # we refuse earlier than it warns
            image = Image.open(file, formats=[_FORMATS[kind]])
        with image:
            pixels = image.width * image.height
            if pixels > MAX_PIXELS:
                raise FileRefused("too_many_pixels", log=f"{image.width}x{image.height}")
            with _one_large_at_a_time if pixels > _LARGE else nullcontext():
                return _written_anew(_decoded(image), kinds.PNG if kind is kinds.GIF else kind)
    except FileRefused:
        raise
    except Image.DecompressionBombError:
        raise FileRefused("too_many_pixels") from None
    except Exception as error:  # whatever a decoder raises over hostile bytes means the same to the sender
        raise FileRefused("damaged", log=type(error).__name__) from error


def _decoded(image: Image.Image) -> Image.Image:
    """Upright, in sRGB, RGB or RGBA, at most KEPT_SIDE."""
    profile = image.info.get("icc_profile")
    image.draft("RGB" if image.mode != "L" else "L", (KEPT_SIDE, KEPT_SIDE))  # JPEG decodes smaller, if it may
    image.load()
    upright = ImageOps.exif_transpose(image)
    upright.thumbnail((KEPT_SIDE, KEPT_SIDE), Image.Resampling.LANCZOS)
    if profile and upright.mode in {"RGB", "CMYK"}:
        upright = _in_srgb(upright, profile)
    transparent = upright.has_transparency_data
    return upright.convert("RGBA" if transparent else "RGB")


def _in_srgb(image: Image.Image, profile: bytes) -> Image.Image:
    try:
        source = ImageCms.ImageCmsProfile(io.BytesIO(profile))
        return ImageCms.profileToProfile(image, source, ImageCms.createProfile("sRGB"), outputMode="RGB") or image
    except (ImageCms.PyCMSError, OSError, ValueError):
        return image  # a broken profile says nothing about colours


def _written_anew(image: Image.Image, kind: kinds.Kind) -> Picture:
    # A new image holds pixels and nothing else: no `info`, from which encoders copy.
    bare = Image.new(image.mode, image.size)
    bare.paste(image)
    out = tempfile.TemporaryFile()  # noqa: SIM115 - handed on
    match kind:
        case kinds.JPEG:
            bare.convert("RGB").save(out, "JPEG", quality=88, progressive=True)
        case kinds.WEBP:
            bare.save(out, "WEBP", quality=88)
        case _:
            bare.save(out, "PNG", compress_level=6)
    out.seek(0)
    width, height = bare.size
    bare.thumbnail((THUMBNAIL_SIDE, THUMBNAIL_SIDE), Image.Resampling.LANCZOS)
    small = io.BytesIO()
    bare.save(small, "WEBP", quality=75)
    return Picture(out, kind, width, height, small.getvalue())
