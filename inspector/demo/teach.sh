#!/bin/sh
# Teaches a model for each style named, from good parts that the simulated line shows, and writes the
# version of the style's recipe that uses it. What is there already is left alone.
#   BIN=… PARTS=30 teach.sh FOLDER [STYLE…]
set -eu
folder=$1
shift
for style in "$@"; do
    model=$folder/models/$style
    recipe=$folder/recipes/$style/2.toml
    if [ ! -e "$model" ]; then
        good=$folder/good/$style
        echo "demo: $PARTS good parts of style $style pass the camera"
        # Another seed than the run's, so other parts.
        "$BIN" render --seed 101 --style "$style" --count "$PARTS" --defect-rate 0 --out "$good"
        rm -f "$good"/*-mask.png
        echo "demo: teaching a model for $style from them"
        "$BIN" teach "$good" --out "$model"
    fi
    if [ ! -e "$recipe" ]; then
        echo "demo: $recipe uses it: $style is inspected by what was just learnt"
        cat > "$recipe" <<END
[recipe]
author = "inspector"
reason = "Taught from $PARTS images of good parts; the threshold as proposed"
created = "$(date -u +%Y-%m-%dT%H:%M:%SZ)"

[[view]]
name = "top"
camera = "top"
model = "$style"
reject_above = 0.50
END
    fi
done
