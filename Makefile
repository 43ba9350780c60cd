# Everything a developer runs. `make` alone lists it. Needs Python 3.11 or later and a package registry; see tools/venv.
.DEFAULT_GOAL := help
SHELL := /bin/sh
BIN := .venv/bin
BENCHMARKS ?= $(filter-out __init__ harness,$(basename $(notdir $(wildcard benchmarks/*.py))))
export PYTHON

##@ Use it

.PHONY: demo
demo: install ## Start Provisor and three SCIM apps, and watch people arrive, change and leave; ARGS=--keep to look around
	@$(BIN)/provisor demo $(ARGS)

.PHONY: serve
serve: install ## Run the server on http://127.0.0.1:8080; ARGS="--port 9000" adds options
	@$(BIN)/provisor serve $(ARGS)

.PHONY: install
install: ## Install what running needs into .venv; the others do this by themselves
	@tools/venv server,embedded

##@ Work on it

.PHONY: test
test: tools ## Run every test; ARGS="tests/unit -k filter" narrows it
	@tools/scimmy
	@$(BIN)/python -m pytest -n 3 --dist worksteal $(ARGS)

.PHONY: check
check: lint types contracts test ## Lint, types, import contracts, tests; the tests check the docs too

.PHONY: lint
lint: tools ## Check style and formatting
	@$(BIN)/ruff check
	@$(BIN)/ruff format --check

.PHONY: format
format: tools ## Put the code into its canonical format
	@$(BIN)/ruff check --fix --exit-zero
	@$(BIN)/ruff format

.PHONY: types
types: tools ## Check types (mypy --strict)
	@$(BIN)/mypy --strict

.PHONY: contracts
contracts: tools ## Check that imports point down (.importlinter)
	@$(BIN)/lint-imports --no-cache

.PHONY: docs
docs: tools ## Write the reference pages anew and check every page
	@$(BIN)/python -m provisor.cli.reference docs/reference
	@$(BIN)/python -m pytest tests/architecture

.PHONY: chaos
chaos: tools ## Kill worker, server and PostgreSQL at random for some minutes, then compare apps and directory
	@$(BIN)/python -m tests.chaos $(ARGS)

.PHONY: fuzz
fuzz: tools ## Send the SCIM server whatever comes to mind for two minutes; ARGS="600 --seed 17" for longer, or again
	@$(BIN)/python -m tests.fuzz $(ARGS)

.PHONY: bench
bench: tools ## Measure: ratios in one run; BENCHMARKS=creates ARGS=--late narrows it
	@for each in $(BENCHMARKS); do $(BIN)/python -m benchmarks.$$each $(ARGS) || exit 1; done

.PHONY: screenshots
screenshots: tools ## Click through the console in a browser and write the pictures of the how-to pages
	@$(BIN)/python -m tests.console.screenshots

.PHONY: clean
clean: ## Remove what the other targets made
	@rm -rf .venv .mypy_cache .ruff_cache .pytest_cache .import_linter_cache .hypothesis .demo dist build

.PHONY: help
help: ## Show this list
	@awk 'BEGIN {FS = ":.*## "} /^##@/ {printf "\n%s\n", substr($$0, 5)} /^[a-z-]+:.*## / {printf "  make %-11s %s\n", $$1, $$2}' $(firstword $(MAKEFILE_LIST))

.PHONY: tools
tools:
	@tools/venv server,embedded,dev
