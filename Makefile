# make run    install into .venv and start everything, with a demonstration organization
# make test   every test, in a real browser too; installs what they need
# make check  lint, types, import contracts, migrations
# make assets vendor the front-end files again; make pin  pin the dependencies again
# make faults break each control of a running instance on purpose; each must be noticed
# make judge  what other people's security tools say of a running instance: docs/judges.md
# make mutants  what tests of the vault do not notice when it is changed: docs/cryptography.md
# make million  seal a million guests anew while the door is open, and say how long it took
# make million-deletion  delete an organization of a million guests while another's door is open
# make bench  the benchmarks; make clean  remove what make made (never data in var/)

SHELL := /bin/bash
.SHELLFLAGS := -eu -o pipefail -c
.DEFAULT_GOAL := run
.PHONY: run test test-faults test-rest check format assets pin faults judge mutants million million-deletion bench clean system-test

BIN := .venv/bin
PYTHON ?= python3
PIP := $(BIN)/python -m pip --disable-pip-version-check install --quiet
# A process for each core but no more than four: each starts a PostgreSQL of its own.
CORES ?= $(shell n=$$(nproc); echo $$((n > 4 ? 4 : n)))
SOURCES := src tests bench tools/judge conftest.py
TYPED := src/seatrobot/kernel src/seatrobot/runtime src/seatrobot/cli.py \
	src/seatrobot/seating/robot src/seatrobot/documents src/seatrobot/practices \
	$(wildcard src/seatrobot/*/services.py src/seatrobot/*/services)

# Tests that share one running instance: one after the other, on both cores anyway.
WALKS := tests/e2e tests/e2e_factors

run: .venv/installed
	@exec $(BIN)/seatrobot up --demo

test: .venv/installed-dev .keys/installed system-test
	$(BIN)/python -m pytest $(WALKS)
	@$(MAKE) --no-print-directory --jobs=2 test-faults test-rest

# Seeded faults wait more than they compute, so that everything else is tested beside them.
test-faults:
	$(BIN)/python -m pytest tests/faults

test-rest:
	nice -n 10 $(BIN)/python -m pytest --numprocesses=$(CORES) --dist=loadfile \
		$(WALKS:%=--ignore=%) --ignore=tests/faults

check: .venv/installed-dev
	$(BIN)/ruff check $(SOURCES)
	$(BIN)/ruff format --check $(SOURCES)
	$(BIN)/mypy --exclude '/tests/' $(TYPED)
	$(BIN)/lint-imports
	@data=$$(mktemp -d) && trap 'rm -rf "$$data"' EXIT && SEATROBOT_DATA=$$data \
		$(BIN)/seatrobot manage makemigrations --check

format: .venv/installed-dev
	$(BIN)/ruff check --fix $(SOURCES)
	$(BIN)/ruff format $(SOURCES)

assets:
	tools/assets/build.sh

# Versions stay as they are unless asked: make pin PIN=--upgrade
PIN ?=
COMPILE := uv pip compile --quiet --python-version 3.11 --generate-hashes \
	--no-emit-index-url --custom-compile-command "make pin" $(PIN)
pin:
	$(COMPILE) requirements.in --output-file requirements.txt
	$(COMPILE) requirements-dev.in --output-file requirements-dev.txt
	$(COMPILE) requirements-keys.in --output-file requirements-keys.txt
	$(COMPILE) tools/keys/requirements.in --output-file tools/keys/requirements.txt

faults: .venv/installed
	$(BIN)/python -P -m seatrobot.runtime.faulting --save

# All of them take some ten minutes; a few: make judge JUDGES="nmap csp"
JUDGES ?=
judge: .venv/installed
	@tools/judge/install
	@$(BIN)/python tools/judge $(JUDGES)

mutants: .venv/installed-dev
	@tools/mutants/run

million: .venv/installed
	$(BIN)/python bench/vault.py 1000000

million-deletion: .venv/installed
	$(BIN)/python bench/deletion.py 1000000

# The last one fills ten million rows first and takes some ten minutes.
BENCHES ?= vault seating importing archive deletion guest_list contacts checkin sign_in practices_page heads journal examinations access_log
bench: .venv/installed
	@for bench in $(BENCHES); do $(BIN)/python bench/$$bench.py; done

clean:
	rm -rf .venv .judges .keys .mutants build .mypy_cache .ruff_cache .pytest_cache .hypothesis .import_linter_cache
	find src tests bench -name __pycache__ -prune -exec rm -rf {} +

# A virtual environment without ensurepip (Debian's python3 alone) cannot be made: get the package
# where we may, and say what is missing where we may not.
.venv/bin/python:
	@if ! $(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))'; then \
		echo "Seatrobot needs Python 3.11 or newer (make run PYTHON=python3.12)." >&2; exit 1; fi
	@if ! $(PYTHON) -c 'import ensurepip, venv' 2>/dev/null; then tools/apt python3-venv; fi
	$(PYTHON) -m venv .venv

.venv/installed: requirements.txt pyproject.toml | .venv/bin/python
	$(PIP) --require-hashes -r requirements.txt
	$(PIP) --no-deps --no-build-isolation --editable .
	@touch $@

.venv/installed-dev: requirements-dev.txt .venv/installed
	$(PIP) --require-hashes -r requirements-dev.txt
	@touch $@

# Servers that hold keys, for tests/keys; they take half a gigabyte and no part in the product.
.keys/installed: tools/keys/requirements.txt | .venv/bin/python
	$(PYTHON) -m venv .keys
	.keys/bin/python -m pip --disable-pip-version-check install --quiet --require-hashes \
		-r tools/keys/requirements.txt
	@touch $@

system-test:
	@if ! test -x /usr/bin/chromium; then tools/apt chromium; fi
	@if ! /sbin/ldconfig -p | grep -q libatomic.so.1; then tools/apt libatomic1; fi  # Playwright's node
	@if ! command -v softhsm2-util >/dev/null; then tools/apt softhsm2; fi
	@if ! command -v pdftotext >/dev/null; then tools/apt poppler-utils; fi
