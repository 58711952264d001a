# Every target sets itself up: a bare machine needs Python 3.11 to 3.13 with venv, and make.
# The environment is .venv; .venv/ready is written last, so an interrupted set-up starts anew.

.DEFAULT_GOAL := help
MAKEFLAGS += --no-print-directory
SHELL := /bin/sh
# Hundreds of tests start a process of their own: each reads compiled modules, whatever the caller's environment says.
unexport PYTHONDONTWRITEBYTECODE

PYTHON ?= $(shell for p in python3 python3.13 python3.12 python3.11; do \
	$$p -c 'import sys; sys.exit(not (3, 11) <= sys.version_info[:2] <= (3, 13))' 2>/dev/null && echo $$p && break; done)
BIN := .venv/bin
JOBS ?= 2
SPEED ?=
ARGS ?=
DAYS ?= 250
PIP := $(BIN)/python -m pip --quiet --disable-pip-version-check --no-input

.PHONY: help setup demo test coverage check types style metal bench bench-kernels bench-peers soak stream storm sim sim-audit sim-long loop sim-mutants requirements docs grades lock journeys web web-test api-fuzz clean again

help: ## list the targets
	@grep -E '^[a-z-]+:.*## ' $(MAKEFILE_LIST) | sed -E 's/^([a-z-]+):.*## (.*)/  make \1\t\2/' | expand -t 22

setup: .venv/ready ## build .venv from requirements.lock, hashes checked

# The stamp holds the folder it was made in: a moved or copied checkout is set up again.
# Modules are compiled when they are first read: half of the time to install went into those that nobody reads.
.venv/ready: pyproject.toml requirements.lock $(if $(filter $(CURDIR),$(shell cat .venv/ready 2>/dev/null)),,again)
	@test -n "$(PYTHON)" || { echo "openbell needs Python 3.11, 3.12 or 3.13; set PYTHON=/path/to/python3" >&2; exit 2; }
	@test "$$(cat $@ 2>/dev/null)" = "$(CURDIR)" || rm -rf .venv
	@rm -f $@
	@test -x $(BIN)/python || { echo "building .venv with $(PYTHON)"; $(PYTHON) -m venv .venv; } \
		|| { echo "python's venv module is missing; on Debian: apt-get install python3-venv" >&2; exit 2; }
	@echo "installing from requirements.lock (hashes checked)"
	@$(PIP) install --no-compile --require-hashes -r requirements.lock
	@$(PIP) install --no-deps --no-build-isolation -e .
	@printf '%s' "$(CURDIR)" > $@.part && mv $@.part $@

demo: setup ## a synthetic market, traded before your eyes; ends by itself or with Ctrl-C
	@$(BIN)/openbell demo $(if $(SPEED),--speed $(SPEED)) $(ARGS)

test: setup ## all tests; JOBS=2 processes, ARGS for pytest
	@$(BIN)/python -m pytest -n $(JOBS) --dist worksteal -q $(ARGS)

coverage: setup ## all tests with line and branch coverage; core and parts must be at 100, edges at 90
	@rm -f .reports/coverage*
	@$(BIN)/python -m pytest -n $(JOBS) --dist worksteal -q --cov --cov-report= $(ARGS)
	@$(BIN)/coverage report --include='src/openbell/edges/*' --fail-under=90
	@$(BIN)/coverage report --include='src/openbell/core/*,src/openbell/parts/*' --omit='src/openbell/parts/kernels/*' \
		--fail-under=100

check: setup ## style, types, arrows between packages, house rules
	@$(MAKE) --jobs=2 --output-sync types style

types: setup
	@$(BIN)/mypy --no-error-summary

style: setup
	@$(BIN)/ruff check --quiet .
	@$(BIN)/ruff format --check --quiet . || { echo "run: .venv/bin/ruff format" >&2; exit 1; }
	@$(BIN)/lint-imports > .venv/arrows.txt 2>&1 || { cat .venv/arrows.txt; exit 1; }
	@$(BIN)/python -m pytest -q tests/house

metal: setup ## kill the engine KILLS=100 times at a venue and compare the records each time; RECORDS=n, SEED=1
	@$(BIN)/python -m tests.metal --kills $(or $(KILLS),$(if $(RECORDS),20,100)) --seed $(or $(SEED),1) --jobs $(JOBS) \
		$(if $(RECORDS),--records $(RECORDS))

bench: setup ## print speeds; no test depends on them
	@$(BIN)/python -m tests.bench $(ARGS)

bench-kernels: setup ## the compiled engine in under a minute, ns a bar and identity; SEED=n draws what is compared
	@$(BIN)/python -W ignore -m tests.bench.bench_kernel --seed $(or $(SEED),1)

bench-peers: setup ## W1 beside vectorbt, NautilusTrader and backtesting.py, each in an environment below PEERS=folder
	@$(BIN)/python -W ignore -m tests.bench.peers $(if $(PEERS),--folder $(PEERS)) $(ARGS)

sim: setup ## the simulation tester: SEED=n replays one, SECONDS_MAX=n bounds it
	@$(BIN)/python -m tests.sim run --jobs $(JOBS) $(if $(SEED),--seed $(SEED)) $(if $(MUTE),--mute $(MUTE)) \
		$(if $(DROP),--drop $(DROP)) $(if $(SECONDS_MAX),--seconds-max $(SECONDS_MAX)) $(ARGS)

sim-audit: setup ## trace hashes of SEED=n with and without its faults
	@$(BIN)/python -m tests.sim audit --seed $(or $(SEED),1)

sim-long: setup ## a campaign of MINUTES=n from seed START that adds up in .reports/sim-long.json, then a third as long of the shell
	@$(BIN)/python -m tests.sim long --jobs $(JOBS) --minutes $(or $(MINUTES),30) $(if $(START),--start $(START)) $(ARGS)
	@$(MAKE) loop SEEDS=1000000 FIRST=1000 SECONDS_MAX=$$(($(or $(MINUTES),30) * 20))

loop: setup ## the shell and a venue on virtual time: SEED=n replays one; SEEDS=1000, FIRST=1, SECONDS_MAX=n
	@$(BIN)/python -m tests.loop --jobs $(JOBS) $(if $(SEED),--seed $(SEED)) --first $(or $(FIRST),1) \
		--seeds $(or $(SEEDS),1000) --seconds-max $(or $(SECONDS_MAX),3600)

sim-mutants: setup ## plant each mutant in a copy of the package and find it
	@$(BIN)/python -m tests.sim mutants --jobs $(JOBS) $(ARGS)

storm: setup ## recorded minutes at the fronts in a storm, killed twice: SESSIONS=5, HOURS=48, SPEED=400x or max; EACH=all for each fault by itself
	@STORM_SESSIONS=$(or $(SESSIONS),5) STORM_HOURS=$(or $(HOURS),48) STORM_SPEED=$(or $(SPEED),400x) STORM_EACH=$(EACH) $(BIN)/python -m pytest -q -s tests/storm

stream: setup ## 500 symbols at 5,000 messages a second into one engine: what grows; MINUTES=10 SYMBOLS=500
	@$(BIN)/python -m tests.soak.stream $(or $(MINUTES),10) $(or $(SYMBOLS),500)

soak: setup ## a simulated trading year with faults: what grows; DAYS=250
	@$(BIN)/python -m tests.soak $(DAYS)

requirements: setup ## count the requirements that the last test report proves
	@$(BIN)/python -m tools.requirements $(ARGS)

docs: setup ## write docs/reference from the code
	@$(BIN)/python -m tools.docs $(ARGS)

grades: setup ## play the lists that every broker passes and write how it did into docs/brokers
	@$(BIN)/python -m tests.conformance

lock: ## resolve the dependencies anew (needs uv)
	@uv pip compile pyproject.toml --extra dev --universal --python-version 3.11 --generate-hashes \
		--no-emit-index-url --no-emit-find-links --no-header --quiet --upgrade -o requirements.lock

journeys: setup ## the browser tests at length: every rule in both themes, the kill from each page
	@OPENBELL_THOROUGH=1 $(BIN)/python -m pytest -q tests/browser $(ARGS)

web: ## build the page from web/ into src/openbell/edges/web/static (needs Node 20 with npm)
	@cd web && npm ci --no-audit --no-fund --loglevel=error && npm run --silent build

web-test: ## types and unit tests of the page (needs Node 20 with npm)
	@cd web && npm ci --no-audit --no-fund --loglevel=error && npm run --silent check && npm run --silent test

api-fuzz: setup ## requests drawn from the API's own document, EXAMPLES=300 of each operation and kind
	@$(BIN)/python -W ignore -m tests.fuzz --examples $(or $(EXAMPLES),300)

clean: ## remove what the targets made
	@rm -rf web/node_modules .venv .reports .pytest_cache .mypy_cache .ruff_cache .hypothesis .import_linter_cache dist
