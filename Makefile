# Everything runs in .venv, which the first target that needs it makes. Needs: Python 3.11 or later, git, make.

PYTHON := $(shell for p in python3 python3.14 python3.13 python3.12 python3.11; do \
	$$p -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null && { echo $$p; break; }; done)
BIN := .venv/bin
STORY ?=
TESTS ?=
JOBS ?= 2

.PHONY: demo test check bench clean
.DEFAULT_GOAL := demo

demo: .venv/.user  ## the whole way on this machine, told step by step
	$(BIN)/lychgate demo $(STORY)

test: .venv/.dev  ## everything that can run here; what cannot is skipped with its reason
	$(BIN)/python -m pytest -n $(JOBS) $(TESTS)

check: .venv/.dev  ## lint, types, floors
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/pyright
	$(BIN)/lint-imports

bench: .venv/.dev  ## our server and client beside their peers, in one interleaved run
	$(BIN)/python -m bench

.venv/.made:
	@test -n "$(PYTHON)" || { echo "Lychgate needs Python 3.11 or later, and none was found."; exit 1; }
	@echo "Making an environment in .venv (about a minute, once)"
	@$(PYTHON) -m venv .venv
	@$(BIN)/python -m pip install --quiet --upgrade 'pip>=25.1'
	@touch $@

.venv/.user: .venv/.made pyproject.toml
	@$(BIN)/python -m pip install --quiet --editable '.[all]'
	@touch $@

.venv/.dev: .venv/.user pyproject.toml
	@$(BIN)/python -m pip install --quiet --group dev --group peers
	@touch $@

clean:
	rm -rf .venv .cache build dist artefacts
