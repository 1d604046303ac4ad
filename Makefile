# Two commands on a machine that has Python 3.11 or later, make and apt: `make demo` and `make test`.
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
PYTEST_ARGS ?= -n 2 --dist loadfile

.PHONY: help setup system demo test check bench docs lock clean
help:          ## the chores, a line each
	@grep -hE '^[a-z]+:.*##' $(MAKEFILE_LIST) | sed 's/:.*##/\t/'

system:        ## install the missing Debian packages (root), or name them
	@sh tools/system-packages.sh run test

$(VENV)/ready: requirements.lock pyproject.toml tools/system-packages.sh system-packages.txt
	@sh tools/system-packages.sh run test
	test -x $(BIN)/python || $(PYTHON) -m venv $(VENV)
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --no-deps --require-hashes -r requirements.lock
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --no-deps --no-build-isolation --editable .
	$(BIN)/python -m compileall -q src extractors flows
	touch $@

setup: $(VENV)/ready  ## .venv with the locked dependencies

demo: setup    ## set up, run the example packets, print where the reports are
	$(BIN)/qi-pipeline demo

check: setup   ## lint, strict types, import borders
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	sh tools/typecheck.sh $(BIN)

test: check    ## set up, check, and run the tests
	sh tools/with-postgresql.sh $(BIN)/python -m pytest $(PYTEST_ARGS)

bench: setup   ## accuracy and speed of reading, scopes, nights, console and workers, against peers in the same run
	$(BIN)/python -m benchmarks.reading
	$(BIN)/python -m benchmarks.scopes
	$(BIN)/python -m benchmarks.nightly
	$(BIN)/python -m benchmarks.console
	sh tools/with-postgresql.sh $(BIN)/python -m benchmarks.scale

docs: setup    ## the documentation as a site in both languages; prints where it lies
	$(BIN)/python docs/generator/build.py

lock: setup    ## resolve requirements.lock anew (needs uv)
	sh tools/lock.sh $(BIN)

clean:         ## remove everything that make made
	rm -rf $(VENV) build dist .typecheck *.egg-info demo
