"""Calls with the fuser first, and steps that are called with pictures: the form in which many tests are written."""

import warnings
from types import SimpleNamespace

import aefusion.fusion.preparation
from aefusion.fusion import folders
from aefusion.fusion.plan import plan
from aefusion.image.thermal import display_ranges
from aefusion.video import fuse_stream as stream
from aefusion.video import fuse_video as video


class Preparation:
    """Options that are planned for pictures and applied to them in one call."""

    def __init__(self, *, displays=None, **options):
        self.options = aefusion.fusion.preparation.Preparation(**options)
        self.displays = displays

    def plan(self, pictures, names):
        return plan(pictures, list(names), self.options, displays=self.displays)

    def __call__(self, pictures, names):
        return self.plan(pictures, names)(pictures)

    def transforms(self, pictures, names):
        found = self.plan(pictures, names)
        return [one for i, one in enumerate(found.transforms) if i != found.reference]

    def for_set(self, sources, names):
        self.displays = tuple(display_ranges(self.options.range, sources, names, warnings.warn))
        return self


def for_folder(prepare, pairs):
    prepare.displays = folders.folder_displays(prepare.options, pairs)
    return prepare


def fuse_folders(fuser, a, b, output, **options):
    if "save_transform" in options:  # which the public call does not know
        return map(outcome, folders.fuse_pairs(fuser, [], output, Preparation(**options).options))
    return map(outcome, folders.fuse_folders(a, b, output, fuser=fuser, **options))


def fuse_pairs(fuser, pairs, output, prepare):
    return map(outcome, folders.fuse_pairs(fuser, pairs, output, prepare.options, prepare.displays))


def outcome(fused):
    return SimpleNamespace(
        stem=fused.name, path=fused.output, status=fused.status, error=fused.error, aligned=fused.aligned,
        warning="; ".join(fused.warnings),
    )  # fmt: skip


def fuse_video(fuser, a, b, output, **options):
    if "keep" in options:
        options["colour"] = options.pop("keep")
    return video(a, b, output, fuser=fuser, **options)


def fuse_stream(fuser, source, output, width, height, **options):
    return stream(source, output, width, height, fuser=fuser, **options)
