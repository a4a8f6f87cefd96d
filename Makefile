# Two commands: `make run` and `make test`. Both make their own environment in .venv first.
PYTHON ?= python3
BIN := .venv/bin
# Tests start the product a hundred times, and a machine that keeps no bytecode would compile it each time.
unexport PYTHONDONTWRITEBYTECODE

.PHONY: help setup run browser test test-long looks clocks faults faults-seconds check format docs texts bench bench-record bench-slack bench-long bench-pages explore simulate demo clean lock

help: # Lists the targets.
	@awk -F ':[^\#]*\# ' '/^[a-z-]+:[^\#]*\# / { printf "  make %-15s %s\n", $$1, $$2 }' Makefile

setup: .venv/.made node_modules/.made build/assets/manifest.json # Make the environment.

.venv/.made: requirements.lock pyproject.toml
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11) and "Interlock needs Python 3.11 or newer; set PYTHON=…")'
	$(PYTHON) -m venv .venv
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --require-hashes -r requirements.lock
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --no-deps --no-build-isolation -e .
	@touch $@

# npm runs on the environment's own Node; whichever Node the machine has does not matter.
node_modules/.made: package.json package-lock.json .npmrc | .venv/.made
	$(BIN)/npm ci --loglevel=error > /dev/null
	@touch $@

# What pages load, with a hash in each name.
build/assets/manifest.json: node_modules/.made $(wildcard assets/*)
	@$(BIN)/python -m assets.build

run: setup # Start everything; Ctrl-C stops it.
	@INTERLOCK_MODE=development $(BIN)/interlock up

demo: setup # Play the sample deals on a running stack.
	@INTERLOCK_MODE=development $(BIN)/interlock demo

# Files go to three workers, of which one often waits; each has its own servers.
TESTS := -n 3 --dist loadfile --no-loadscope-reorder

# Pages are tried in a real browser: the machine's, or one from its package manager.
browser: # Install Chromium if there is none.
	@for name in "$$CHROMIUM" chromium chromium-browser google-chrome; do \
		test -n "$$name" && command -v "$$name" > /dev/null && exit 0; done; \
	as=$$(command -v sudo || true); $$as apt-get -qq update > /dev/null; \
	$$as apt-get -qq install -y --no-install-recommends chromium fonts-dejavu-core > /dev/null

test: setup browser # Run the tests, but for the long ones.
	$(BIN)/python -m pytest $(TESTS) -m 'not long and not looks' --durations=10 --durations-min=1

# Whole deals by each front door, installations that are broken and go on, and random deals (`LONG` in tests/conftest.py).
test-long: setup # Run the long tests.
	$(BIN)/python -m pytest $(TESTS) -m long --durations=10 --durations-min=1

# Each page, light, dark and on a phone, with pictures in build/looks.
looks: setup browser # Look at every page in a browser.
	$(BIN)/python -m pytest -n 2 -m looks -s tests/looks

# What depends on the time, at the moments at which software breaks: a Saturday night, the last half hour of a year,
# a leap day, the hour in which Europe's clocks go back, and the last half minute before they go forward.
CLOCKS := 2026-11-28T23:10:00+01:00@Europe/Oslo 2026-12-31T23:30:00+01:00@Pacific/Auckland \
	2028-02-29T10:00:00+01:00@America/St_Johns 2026-10-25T02:45:00+02:00@Asia/Kolkata \
	2027-03-28T01:59:30+01:00@Europe/Oslo
TIMED = $(shell grep -rl --include='*.py' 'mark\.clock' tests)

# Two moments at once, each in one process, whose tests share their servers.
clocks: setup # Run what depends on time at odd moments.
	@printf '%s\n' $(CLOCKS) | xargs -P 2 -n 1 sh -c ' \
		said=$$(TZ=$${1#*@} TESTS_CLOCK=$${1%@*} $(BIN)/python -m pytest -m clock $(TIMED) 2>&1); code=$$?; \
		echo "at $${1%@*}, on a machine in $${1#*@}"; echo "$$said"; exit $$code' moment

# A running installation is broken a thousand times by a seed, while people play deals on it: about an hour and a half.
SEED ?= 1
KILLS ?= 1000
OTHERS ?= 10
RESTORES ?= 2
faults: setup # Break a running installation a thousand times.
	$(BIN)/python -m tests.faults --kills $(KILLS) --others $(OTHERS) --restores $(RESTORES) --seed $(SEED)

# How long a command waits that comes right after a part was killed.
faults-seconds: setup # Measure how long a command waits after a part was killed.
	$(BIN)/python -m tests.faults.seconds

check: setup # Style, types, import arrows and the domain's tests.
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .
	$(BIN)/mypy .
	$(BIN)/lint-imports
	$(BIN)/python -m pytest -n 2 --dist loadfile -m 'not long' tests/domain

format: setup # Format, and mend what the linter can mend.
	$(BIN)/ruff format .
	$(BIN)/ruff check --fix .

# What the documents say that the code knows: the table of settings.
docs: setup # Write into documents what the code knows.
	$(BIN)/python -m cli.main settings --into README.md

# One page of all that people read, for whoever edits or translates it as a whole.
texts: setup # Gather every text that people read into docs/texts.md.
	$(BIN)/python -m tests.texts

bench: setup # Measure what a decision costs.
	$(BIN)/python -m bench.decisions

bench-record: setup # Measure what syncing the disk costs.
	$(BIN)/python -m bench.recording

bench-slack: setup # Measure Slack's answers under load.
	$(BIN)/python -m bench.slack_clicks

bench-long: setup # Measure 2,000 decisions on one engagement.
	$(BIN)/python -m bench.long_engagement

# Portfolios of 1,000, 10,000 and 100,000 engagements on both databases: about half an hour.
bench-pages: setup # Measure what pages cost as the portfolio grows.
	$(BIN)/python -m bench.pages

# Random lives of deals, and sequences of valid commands at their bounds: many more than the tests play.
EXAMPLES ?= 500
explore: setup # Play many more random deals than the tests do.
	HYPOTHESIS_PROFILE=explore EXPLORED=$(EXAMPLES) $(BIN)/python -m pytest -n 2 --dist loadfile \
		tests/domain/test_bounds.py tests/domain/test_floods.py tests/domain/test_rules_that_never_bend.py

simulate: setup # Live through a firm's portfolio of two years.
	$(BIN)/python -m simulation --seed $(SEED)

lock: setup # Write requirements.lock anew.
	$(BIN)/python -m pip install --quiet uv
	$(BIN)/uv pip compile --quiet --universal --python-version 3.11 --generate-hashes --no-emit-index-url \
		--all-extras --custom-compile-command "make lock" -o requirements.lock pyproject.toml

clean: # Remove what was made.
	rm -rf .venv node_modules build *.egg-info .mypy_cache .ruff_cache
