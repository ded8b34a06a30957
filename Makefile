# `make run` needs make and Python 3.11 or newer, nothing else. Everything is installed in .venv from the hash-checked
# lock files; a second `make` installs nothing.

PYTHON ?= python3
PYTEST_ARGS ?=
BENCH_ARGS ?=
UPGRADE ?=

BIN := .venv/bin
PIP := PIP_DISABLE_PIP_VERSION_CHECK=1 $(BIN)/python -m pip install --quiet
COMPILE := $(BIN)/uv pip compile --quiet --universal --python-version 3.11 --generate-hashes --no-emit-index-url \
	--custom-compile-command "make lock" $(UPGRADE) --group build pyproject.toml

.DEFAULT_GOAL := run
.NOTPARALLEL:
.PHONY: run stack install test unit check format docs bench bench-stack lock clean

run: .venv/installed
	exec $(BIN)/recado dev

# The same with PostgreSQL, Supabase's API and Redis, a server and two workers. Also fetches npm packages, once.
stack: .venv/installed .venv/stack
	exec $(BIN)/recado dev --stack

install: .venv/installed .venv/dev

test: .venv/installed .venv/dev
	$(BIN)/pytest -n 3 --dist worksteal $(PYTEST_ARGS)

unit: .venv/installed .venv/dev
	$(BIN)/pytest -n 2 -m "not servers" tests/unit tests/contracts $(PYTEST_ARGS)

check: .venv/installed .venv/dev
	$(BIN)/ruff format --check
	$(BIN)/ruff check
	$(BIN)/mypy
	$(BIN)/lint-imports

format: .venv/dev
	$(BIN)/ruff format
	$(BIN)/ruff check --fix

docs: .venv/installed
	$(BIN)/python docs/generate.py

bench: .venv/installed
	$(BIN)/python -m bench $(BENCH_ARGS)

# The same as `make bench BENCH_ARGS=--stack`: PostgreSQL or Supabase, with Redis.
bench-stack: .venv/installed .venv/stack
	$(BIN)/python -m bench --stack $(BENCH_ARGS)

# `make lock` keeps the versions it can; `make lock UPGRADE=--upgrade` takes the newest.
lock: .venv/dev
	$(COMPILE) --output-file requirements.txt
	$(COMPILE) --extra stack --constraint requirements.txt --output-file requirements-stack.txt
	$(COMPILE) --extra dev --extra stack --constraint requirements-stack.txt --output-file requirements-dev.txt
	cd src/entrypoints/stack/node && npm install --package-lock-only

clean:
	rm -rf .venv .mypy_cache .ruff_cache .pytest_cache .hypothesis .import_linter_cache build dist
	find src tests -name __pycache__ -type d -prune -exec rm -rf {} +

.venv/created:
	@$(PYTHON) -c 'import sys; sys.version_info >= (3, 11) or sys.exit("Recado needs Python 3.11 or newer, and $(PYTHON) is " + sys.version.split()[0] + ". Try: make PYTHON=python3.12")'
	$(PYTHON) -m venv .venv
	@touch $@

.venv/runtime: .venv/created requirements.txt
	$(PIP) --require-hashes -r requirements.txt
	@touch $@

.venv/stack: .venv/runtime requirements-stack.txt
	$(PIP) --require-hashes -r requirements-stack.txt
	@touch $@

.venv/dev: .venv/runtime requirements-dev.txt
	$(PIP) --require-hashes -r requirements-dev.txt
	@touch $@

# Without build isolation nothing unpinned is fetched: the build back end is in the lock file.
.venv/installed: .venv/runtime pyproject.toml
	$(PIP) --no-deps --no-build-isolation -e .
	@touch $@
