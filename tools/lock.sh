#!/bin/sh
# Writes requirements.lock: every dependency with hashes, no index addresses.
set -eu
overrides=$(mktemp)
trap 'rm -f "$overrides"' EXIT
# RapidOCR asks for the OpenCV with windows, which needs X libraries; the headless one gives the same module.
echo 'opencv-python ; sys_platform == "never"' >"$overrides"
"${1:-.venv/bin}/uv" pip compile --quiet --universal --generate-hashes --python-version 3.11 \
    --no-emit-index-url --no-emit-find-links --no-header \
    --all-extras --group dev --group docs --override "$overrides" pyproject.toml -o requirements.lock
