#!/bin/sh
# Strict types and import borders over the package as it is when installed: extractors/, flows/ and
# schemas/ stand beside src/ in the repository and inside qi_pipeline in the wheel.
set -eu
bin=$(cd "$1" && pwd)
rm -rf .typecheck
mkdir -p .typecheck/qi_pipeline
for entry in src/qi_pipeline/*; do
    case "$entry" in *__pycache__) ;; *) ln -s "../../$entry" .typecheck/qi_pipeline/ ;; esac
done
for name in extractors flows schemas; do ln -s "../../$name" ".typecheck/qi_pipeline/$name"; done
MYPYPATH=.typecheck "$bin/mypy" -p qi_pipeline
PYTHONPATH=.typecheck "$bin/lint-imports"
