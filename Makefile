# `make` alone lists the targets. The first `make install`, `make run` or `make test` sets everything up in .venv.
SHELL := bash
.SHELLFLAGS := -eu -o pipefail -c
.DEFAULT_GOAL := help
.DELETE_ON_ERROR:
.NOTPARALLEL:
MAKEFLAGS += --no-print-directory --no-builtin-rules

PYTHON ?= python3.11
DATA ?=
WAREHOUSE ?=
ARGS ?=
UPGRADE ?=

VENV := .venv
BIN := $(VENV)/bin
PIP := $(BIN)/python -m pip --quiet --disable-pip-version-check
LAYERS := lakehouse contracts bronze silver gold platinum pipelines
PACKAGES := $(LAYERS:%=hallmark.%)

say = @printf '%s\n' "$(1)"
stop = { printf 'make: %s\n' "$(1)" >&2; exit 1; }

##@ Everyday
.PHONY: help install run test
help: ## list the targets
	@awk 'BEGIN {FS = ":.*## "} /^##@/ {printf "\n%s\n", substr($$0, 5)} \
	  /^[a-z-]+:.*## / {printf "  make %-12s %s\n", $$1, $$2}' $(firstword $(MAKEFILE_LIST))
	@printf '\nVariables: DATA=folder WAREHOUSE=folder (run), ARGS="..." (rings, bench), PYTHON=python3.11, UPGRADE=1 (lock)\n'

install: $(VENV)/.installed ## set up .venv and the Spark jars; quick when nothing changed
	@$(BIN)/python -m hallmark.lakehouse.jars

run: install ## landing to platinum; DATA=folder takes real files, WAREHOUSE=folder puts the tables elsewhere
	@$(BIN)/hallmark run $(if $(DATA),--data "$(DATA)") $(if $(WAREHOUSE),--warehouse "$(WAREHOUSE)")

# One pytest for all rings: a closing line that counts every test. A Spark session keeps one core busy, so two processes
# take file after file in this order. The run that others are compared with is made in tests/chaos; tests/integration waits
# for it, so tests/spark comes in between.
test: install stack-jars lint types imports ## lint, types, import rules, then all rings of tests
	@$(BIN)/pytest --numprocesses 2 --dist loadfile --no-loadscope-reorder --doctest-modules --pyargs \
	  tests/unit $(PACKAGES) tests/chaos tests/spark tests/integration $(ARGS)

##@ Parts of `make test`
.PHONY: lint types imports unit spark integration chaos stack-jars
lint: install ## ruff: rules and format
	$(call say,lint)
	@$(BIN)/ruff check --quiet .
	@$(BIN)/ruff format --check --quiet . || $(call stop,some files are not formatted: make format)

# mypy can't read setuptools' mapping of the root to `hallmark`, so it gets a folder where that mapping is a link.
types: install ## mypy, strict
	$(call say,types)
	@mkdir -p build/src && ln -sfn ../.. build/src/hallmark
	@MYPYPATH=build/src $(BIN)/mypy --no-error-summary $(PACKAGES:%=-p %)

imports: install ## the import directions of docs/adr/0001
	$(call say,imports)
	@mkdir -p build && $(BIN)/lint-imports --no-cache > build/imports.log 2>&1 || { cat build/imports.log >&2; exit 1; }

unit: install ## tests without Spark, doctests included
	@$(BIN)/pytest --doctest-modules --pyargs $(PACKAGES) tests/unit $(ARGS)

stack-jars: install
	@$(BIN)/python -m hallmark.pipelines.stack.jars

integration: stack-jars
spark integration chaos: %: install
	@$(BIN)/pytest tests/$@ $(ARGS)

spark: ## tests of DataFrame functions, on one Spark session
integration: ## tests that start real processes: the command, Airflow, Spark Connect, the local stack
chaos: ## tests that kill processes on purpose

##@ Upkeep
.PHONY: format contract-pages dbt-docs bench lock clean distclean
format: install ## let ruff mend what it can
	@$(BIN)/ruff check --fix --quiet . || true
	@$(BIN)/ruff format .

contract-pages: install ## write docs/contracts anew from contracts/; a test says when it is due
	@$(BIN)/hallmark contract compile contracts --only markdown --out docs/contracts

dbt-docs: install ## pages of the dbt models, as one file: <warehouse>/_dbt/static_index.html
	@$(BIN)/hallmark dbt docs generate --static

bench: install ## time and memory of a run; ARGS="--data DIR --repeat N"
	@$(BIN)/python benchmarks/run.py $(ARGS)

lock: ## write requirements.lock anew; UPGRADE=1 takes the newest versions that pyproject.toml allows
	$(call say,resolving all extras for Python 3.11 on Linux)
	@$(PYTHON) -m venv build/lock && build/lock/bin/python -m pip install --quiet --disable-pip-version-check uv==0.13.9
	@build/lock/bin/uv pip compile pyproject.toml --all-extras --generate-hashes --quiet $(if $(UPGRADE),--upgrade) \
	  --python-version 3.11 --python-platform linux --annotation-style line --custom-compile-command "make lock" \
	  --no-emit-index-url --no-emit-find-links --output-file requirements.lock

clean: ## remove the warehouse, the synthetic landing zone and what was built
	@rm -rf warehouse landing build dist dbt_project/target dbt_project/logs
	@rm -rf .mypy_cache .ruff_cache .pytest_cache .hypothesis .import_linter_cache spark-warehouse metastore_db derby.log

distclean: clean ## remove .venv as well
	@rm -rf $(VENV) *.egg-info

# A virtual environment holds its own path and its Python's: one that was copied, or lost its Python, is made anew.
ifneq ($(shell test -x $(BIN)/python && cat $(VENV)/.home 2>/dev/null),$(CURDIR))
$(VENV)/.home: FORCE
endif
.PHONY: FORCE
FORCE:

$(VENV)/.home:
	@command -v $(PYTHON) > /dev/null \
	  || $(call stop,$(PYTHON) not found: install Python 3.11 (Debian: apt-get install python3.11-venv) or name one: make PYTHON=/path/to/python3.11)
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info[:2] != (3, 11))' \
	  || $(call stop,$(PYTHON) is not a Python 3.11 that runs here. requirements.lock is for 3.11: name one with PYTHON=)
	@$(PYTHON) -c 'import ensurepip' 2> /dev/null \
	  || $(call stop,$(PYTHON) can't make virtual environments (Debian: apt-get install python3.11-venv))
	@java="$${JAVA_HOME:+$$JAVA_HOME/bin/}java"; \
	  major=$$("$$java" -version 2>&1 | sed -nE 's/.*version "(1\.)?([0-9]+).*/\2/p') || true; \
	  [ "$${major:-0}" -ge 17 ] \
	  || $(call stop,Spark needs Java 17 or newer: install it (Debian: apt-get install openjdk-17-jre-headless) or point JAVA_HOME at it)
	$(call say,making .venv with $(PYTHON))
	@$(PYTHON) -m venv --clear $(VENV)
	@pwd -P > $@

# setuptools first: pyspark comes as a source archive, and building it must not fetch an unpinned setuptools.
$(VENV)/.packages: $(VENV)/.home requirements.lock
	@printf 'installing %s packages into .venv (about 4 minutes, once)\n' $$(grep -c '==' requirements.lock)
	@$(PIP) install --no-deps --require-hashes --requirement <(sed -n '/^setuptools==/,/[^\\]$$/p' requirements.lock)
	@$(PIP) install --no-deps --no-build-isolation --use-pep517 --require-hashes --requirement requirements.lock
	@touch $@

$(VENV)/.installed: $(VENV)/.packages pyproject.toml
	$(call say,installing hallmark into .venv)
	@$(PIP) install --no-deps --no-build-isolation --editable .
	@touch $@
