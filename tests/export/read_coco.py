"""Reads a COCO export with pycocotools and prints what it found, as JSON.

    read_coco.py FOLDER     with annotations.json
"""
import contextlib
import json
import sys

from pycocotools.coco import COCO

with contextlib.redirect_stdout(sys.stderr):
    coco = COCO(f"{sys.argv[1]}/annotations.json")
drawn = {image: coco.loadAnns(coco.getAnnIds(imgIds=image)) for image in sorted(coco.getImgIds())}
print(json.dumps({
    "classes": [found["name"] for found in coco.loadCats(coco.getCatIds())],
    "images": [[image, [one["bbox"] for one in found]] for image, found in drawn.items()],
    "mask_px": [int(coco.annToMask(one).sum()) for found in drawn.values() for one in found],
}))
