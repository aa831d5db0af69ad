# On a fresh machine: `make demo` or `make test`. Both need only Python 3.11 or newer, and make.
PYTHON ?= python3
BOOTSTRAP = $(PYTHON) portal/bootstrap.py
TOOL = .venv/bin/python -m
BABEL = $(TOOL) babel.messages.frontend
LOCK = uv pip compile --quiet --universal --python-version 3.11 --generate-hashes --no-emit-index-url --no-header
LAZY = -k _l -k lazy_gettext -k lazy_ngettext:1,2 -k lazy_pgettext:1c,2

.DEFAULT_GOAL := help
.PHONY: help setup setup-dev demo test check bench bench-city bench-rota bench-tasks phones crash storm full-disk slow-database format translations lock

help: ## Show this list
	@sed -nE 's/^([a-z-]+):.*## (.*)/make \1|\2/p' $(MAKEFILE_LIST) | awk -F'|' '{ printf "%-18s %s\n", $$1, $$2 }'

setup: ## Make .venv with the locked packages and compile the translations
	@$(BOOTSTRAP) setup

setup-dev: ## The same, with the tools of the tests and the gate
	@$(BOOTSTRAP) setup --dev

demo: ## Serve a believable community at http://127.0.0.1:8000 (PORT=8001 for another port)
	@$(BOOTSTRAP) demo

test: ## Run the tests (ARGS="-k door" goes to pytest)
	@$(BOOTSTRAP) test $(ARGS)

check: ## The gate: formatting, lint, layers, types, then the tests on both databases
	@$(BOOTSTRAP) check

bench: setup-dev ## Measure the speed table of docs/benchmarks.md, about three minutes
	@$(TOOL) tests.bench

bench-city: setup-dev ## The rows of the table about 1,093,260 dwellings, about ten minutes
	@$(TOOL) tests.bench --city

bench-tasks: setup-dev ## Measure the list of tasks and the clockwork, about four minutes
	@$(TOOL) tests.bench.tasks

bench-rota: setup-dev ## Measure the rota: planner, volunteers, plans in the portal, about eight minutes (ARGS=--large adds 50,000 volunteers)
	@$(TOOL) tests.bench.rota $(ARGS); missed=$$?; $(TOOL) tests.bench.duty && $(TOOL) tests.bench.plans && exit $$missed

phones: setup-dev ## Drill 40 phones after 72 hours, and 200 leaders after a shift, against the real server
	@$(TOOL) tests.phones

crash: setup-dev ## Kill the whole server 500 times while 10,000 check-offs arrive, about ten minutes a database (ARGS=--kills=50)
	@$(TOOL) tests.crash $(ARGS)

storm: setup-dev ## 64 people check off at once on 16 processes, two minutes a database
	@$(TOOL) tests.crash.storm $(ARGS)

full-disk: setup-dev ## Fill the disk of a server a hundred times, five minutes (needs unshare, no rights)
	@$(TOOL) tests.crash.full

slow-database: setup-dev ## Let PostgreSQL hang, cut it off and kill its backends, two minutes
	@$(TOOL) tests.crash.slow

format: setup-dev ## Put the code into the house format; templates are looked at only
	@$(TOOL) ruff check --fix . && $(TOOL) ruff format . && $(TOOL) djlint templates --lint --quiet

translations: setup-dev ## Gather the texts into the catalogues and compile these
	@mkdir -p instance && $(BABEL) --quiet extract -F pyproject.toml $(LAZY) --add-location=file --sort-by-file --no-wrap -o instance/messages.pot .
	@$(BABEL) --quiet update --no-fuzzy-matching --ignore-obsolete --ignore-pot-creation-date --no-wrap -i instance/messages.pot -d portal/translations
	@$(BOOTSTRAP) setup --dev

lock: ## Solve requirements/*.in anew (needs uv; ARGS=--upgrade takes newer versions)
	@$(LOCK) $(ARGS) requirements/runtime.in -o requirements/runtime.txt
	@$(LOCK) $(ARGS) requirements/dev.in -o requirements/dev.txt
