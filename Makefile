# Everything a person or CI does here. `make` alone lists the targets.
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
READY := $(VENV)/.ready
FUZZ_SECONDS ?= 60
# tests start hundreds of processes; where no bytecode is kept, each compiles the whole package again
unexport PYTHONDONTWRITEBYTECODE
PYTEST := $(BIN)/python -m pytest -n auto --max-worker-restart 0
# install what a folder's package.json names into another folder; nothing to do where that has been done
npm = if ! command -v npm >/dev/null; then echo "Node is missing: what runs under it is skipped"; \
  elif ! cmp -s $(1)/package.json $(2)/installed.json; then \
    mkdir -p $(2) && cp $(1)/package.json $(2)/ && \
    npm install --prefix $(2) --no-package-lock --no-audit --no-fund --loglevel=error && \
    cp $(1)/package.json $(2)/installed.json; fi

.PHONY: help run test ci torture check snapshots docs bench peers clients mistakes fuzz format build clean
help: ## List the targets
	@grep -hE '^[a-z]+:.*##' $(MAKEFILE_LIST) | sed -E 's/:.*## /\t/' | expand -t 12

$(READY): pyproject.toml
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || \
	  { echo "mapper needs Python 3.11 or newer; $(PYTHON) is older. Set PYTHON=python3.12, say."; exit 1; }
	@$(PYTHON) -c 'import venv, ensurepip' 2>/dev/null || \
	  { echo "Python's venv module is missing. On Debian or Ubuntu: apt install python3-venv"; exit 1; }
	@echo "setting up $(VENV) ..."
	@$(PYTHON) -m venv $(VENV)
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check --editable '.[dev]'
	@touch $@

run: $(READY) ## Validate the mappings and deliver the example calls to the sandbox
	$(BIN)/mapper validate --strict
	$(BIN)/mapper run docs/examples/events.ndjson --sandbox

test: $(READY) ## The everyday tests
	$(PYTEST) --dist worksteal -m "not long"

ci: $(READY) clients ## The bounded long tests
	$(PYTEST) --dist loadgroup -m long

torture: $(READY) clients ## The long tests of delivery with much greater numbers, such as 1,000 kills: an hour or so
	MAPPER_TORTURE=1 $(PYTEST) --dist loadgroup -m long tests/delivery tests/server/sdk

check: $(READY) ## Everything that reads the code without running it
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/lint-imports
	$(BIN)/python docs/generate.py --check
	$(BIN)/python docs/examples/make_events.py --check
	$(BIN)/mapper validate --strict

snapshots: $(READY) ## Show changed, missing and orphaned snapshots
	@$(BIN)/mapper snap test

docs: $(READY) ## Write the generated pages
	$(BIN)/python docs/generate.py
	$(BIN)/python docs/examples/make_events.py

bench: $(READY) ## Measure, in one run; ROWS="ndjson peers" for some of it
	$(BIN)/python -m tests.bench.run $(ROWS)

peers: $(READY) ## Install other engines for `make bench` to compare with
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --editable '.[bench]'
	@$(call npm,tests/bench/peers,$(VENV)/peers)

clients: $(READY) ## Install what `make ci` sends calls to the server with: Segment's library for Node, schemathesis
	@$(call npm,tests/server/sdk,$(VENV)/clients)
	@test -x $(VENV)/schemathesis/bin/st || { $(BIN)/python -m venv $(VENV)/schemathesis && \
	  $(VENV)/schemathesis/bin/python -m pip install --quiet --disable-pip-version-check 'schemathesis>=4.32,<5'; }

mistakes: $(READY) ## Every authoring mistake at every place, and what finds it
	$(BIN)/python -m tests.mistakes

fuzz: $(READY) ## A million random expressions against jmespath, then each reader FUZZ_SECONDS long with random bytes
	@$(BIN)/python -c 'import atheris' 2>/dev/null || \
	  $(BIN)/python -m pip install --quiet --disable-pip-version-check --editable '.[fuzz]'
	$(BIN)/python -m tests.fuzz.expressions
	$(BIN)/python -m tests.fuzz.guided --seconds $(FUZZ_SECONDS)

format: $(READY) ## Format the code
	$(BIN)/ruff check --fix .
	$(BIN)/ruff format .

build: $(READY) ## Make the wheel and the sdist
	$(BIN)/python -m build

clean: ## Remove what was built
	rm -rf $(VENV) dist build .mypy_cache .ruff_cache .pytest_cache .hypothesis .import_linter_cache .fuzz
