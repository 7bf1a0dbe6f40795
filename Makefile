# Every target sets up what it needs by itself, in .venv; the second call finds it ready.

PYTHON ?= python3
BIN := .venv/bin
READY := .venv/ready
PIP := $(BIN)/python -m pip --disable-pip-version-check -qq
UV_VERSION := 0.13.9

.PHONY: help run demo test chaos reactions lint types fmt docs bench lock clean
.DEFAULT_GOAL := help

help:
	@echo "make run    Redis, the sandbox API, the receiver and the workers; Ctrl-C ends them"
	@echo "make demo   the same flow once, its outcome checked"
	@echo "make test   the whole test suite"
	@echo "make chaos  everything is killed again and again, and nothing may be lost; SEED=n repeats one"
	@echo "make reactions  ten rules over all reactions, faults and deaths on every side; SEED=n repeats one"
	@echo "make lint types fmt docs bench lock clean   for those who change the code"

run: $(READY)
	@$(BIN)/python -m admin run

demo: $(READY)
	@$(BIN)/python -m admin demo

test: $(READY)
	@$(BIN)/python -m pytest -q

RECEIPTS := 10000
chaos: $(READY)
	@$(BIN)/python -m tests.chaos --receipts $(RECEIPTS) $(if $(SEED),--seed $(SEED))

EVENTS := 5000
reactions: $(READY)
	@$(BIN)/python -m tests.reactions --events $(EVENTS) $(if $(SEED),--seed $(SEED))

lint: $(READY)
	@$(BIN)/ruff check --quiet .
	@$(BIN)/ruff format --check --quiet .
	@$(BIN)/hadolint Dockerfile
	@echo "lint: nothing found"

types: $(READY)
	@$(BIN)/python -m mypy .

fmt: $(READY)
	@$(BIN)/ruff check --quiet --fix .
	@$(BIN)/ruff format --quiet .

# The manual page of the client is made of its code.
docs: $(READY)
	@$(BIN)/python -m gigstack_events.api.reference > docs/api.md

bench: $(READY)
	@$(BIN)/python -m benchmarks.ingest
	@$(BIN)/python -m benchmarks.dispatch
	@$(BIN)/python -m benchmarks.rules
	@$(BIN)/python -m benchmarks.isolation
	@$(BIN)/python -m benchmarks.memory
	@$(BIN)/python -m benchmarks.scale
	@$(BIN)/python -m benchmarks.imports
	@$(BIN)/python -m benchmarks.faults
	@$(BIN)/python -m benchmarks.sandbox

# The runtime lock has the extras of the built-in reactions; the development lock its versions, and the rest.
lock: $(READY)
	@$(PIP) install uv==$(UV_VERSION)
	@$(BIN)/uv $(COMPILE) --extra notify --extra storage pyproject.toml -o requirements.lock
	@$(BIN)/uv $(COMPILE) --extra dev -c requirements.lock pyproject.toml -o requirements-dev.lock
COMPILE := pip compile --quiet --upgrade --universal --python-version 3.11 --generate-hashes \
	--no-emit-index-url --no-emit-find-links --custom-compile-command "make lock"

clean:
	@rm -rf .venv

$(READY): requirements-dev.lock pyproject.toml
	@command -v $(PYTHON) >/dev/null || \
		{ echo "There is no $(PYTHON) here. Type: sudo apt-get install python3 python3-venv"; exit 1; }
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || \
		{ echo "Python 3.11 or newer is needed. If you have one, name it: make PYTHON=python3.11"; exit 1; }
	@$(PYTHON) -c 'import ensurepip, venv' 2>/dev/null || \
		{ echo "Python's venv module is missing. Type: sudo apt-get install python3-venv"; exit 1; }
	@echo "Setting up .venv (once, about half a minute) ..."
	@$(PYTHON) -m venv .venv
	@$(PIP) install --require-hashes --only-binary :all: -r requirements-dev.lock
	@$(PIP) install --no-deps --no-build-isolation --editable .
	@touch $@
