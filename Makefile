# What to type in a clone of pgconn. All of it needs python3 (3.11 or later, with venv) and make, nothing else.

PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
PIP := $(BIN)/python -m pip --disable-pip-version-check --quiet
# Told its configuration, pytest does not look for it in the values of --bindir.
PYTEST := $(BIN)/python -m pytest -c pyproject.toml -n 2
HASHED := --require-hashes --no-deps --only-binary :all:
UV ?= uv

.DEFAULT_GOAL := help
.DELETE_ON_ERROR:
.PHONY: help demo test check docs dist bench clean lock format

help: ## show this
	@sed -n 's/^\([a-z]*\):.*## /\1	/p' Makefile | expand -t 10

demo: $(VENV)/demo.stamp ## watch a PostgreSQL server run out of slots (ARGS=--once leaves at once)
	@$(BIN)/pgconn demo $(ARGS)

test: $(VENV)/dev.stamp ## run the whole suite on the embedded servers (ARGS="--bindir DIR" on others)
	$(PYTEST) --dist loadgroup $(ARGS)

check: $(VENV)/dev.stamp ## look at the code: format, lint, types, imports, and the tests without a server
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .
	$(BIN)/mypy
	$(BIN)/lint-imports
	$(PYTEST) -m offline $(ARGS)

docs: $(VENV)/dev.stamp ## build the documentation as a site in build/docs; a warning is an error
	$(BIN)/sphinx-build --quiet --fail-on-warning --keep-going --fresh-env -c docs -d build/doctrees . build/docs

dist: $(VENV)/dev.stamp ## build the wheel and the source distribution
	rm -rf dist
	$(BIN)/python -m hatchling build

bench: $(VENV)/dev.stamp ## compare the speed with what people use today (ARGS="--against REV": with another revision)
	$(BIN)/python -m tests.bench.run $(ARGS)
ifeq ($(findstring --against,$(ARGS)),)
	$(BIN)/python tests/bench/explain.py --sizes 1000 --shares 0.001 0.02
	$(BIN)/python -m tests.bench.ending
endif

format: $(VENV)/dev.stamp ## format the code and mend what can be mended
	$(BIN)/ruff format .
	$(BIN)/ruff check --fix .

lock: ## choose the newest versions of all dependencies (needs uv; UPGRADE= keeps those that are pinned)
	$(UV) pip compile $(UPGRADE) $(LOCK) --all-extras --group dev --output-file .lock-dev.txt pyproject.toml
	$(UV) pip compile $(LOCK) --extra demo --group build --constraint .lock-dev.txt --output-file .lock-demo.txt pyproject.toml

UPGRADE := --upgrade
# "fewest": one version for every Python, so that the checks and the site are the same on each.
LOCK := --quiet --universal --python-version 3.11 --generate-hashes --no-annotate --no-header --fork-strategy fewest

clean: ## remove all that the other targets make
	rm -rf $(VENV) dist build .mypy_cache .ruff_cache .pytest_cache .import_linter_cache .hypothesis .bench
	find . -name __pycache__ -type d -prune -exec rm -rf {} +

$(BIN)/python:
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11) and "pgconn needs Python 3.11 or later: make PYTHON=python3.12")'
	$(PYTHON) -m venv $(VENV)

# Nothing is installed without a hash but pgconn itself, and that is built with what the lock holds.
$(VENV)/%.stamp: .lock-%.txt pyproject.toml | $(BIN)/python
	$(PIP) install $(HASHED) --requirement $<
	$(PIP) install --no-deps --no-build-isolation --editable .
	@touch $@
