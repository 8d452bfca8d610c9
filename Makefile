# What one can do here: `make help`.

SHELL := /bin/bash
.SHELLFLAGS := -eu -o pipefail -c
.DEFAULT_GOAL := help
MAKEFLAGS += --no-print-directory

PY := .venv/bin/python
yes = $(filter-out 0 no false,$(1))

.PHONY: help up down status logs reset demo token run test test-keycloak faults power bench check lock contracts format packages servers

help: ## What there is
	@bold= plain=; if test -t 1; then bold=$$(printf '\033[1m') plain=$$(printf '\033[0m'); fi; \
	awk -v bold="$$bold" -v plain="$$plain" 'BEGIN { FS = ":.*## " } \
	    /^[a-z-]+:.*## / { printf "  %smake %-15s%s %s\n", bold, $$1, plain, $$2 }' $(MAKEFILE_LIST)

up: servers ## Start the whole platform; Ctrl-C stops it [DETACH=1: return when it is ready] [TANDEM_PORT_OFFSET=1000]
	@exec $(PY) -m deploy.local.up $(if $(call yes,$(DETACH)),--detach)

down: packages ## Stop what `make up` started
	@exec $(PY) -m deploy.local.down

status: packages ## Every process, its port and its health
	@exec $(PY) -m deploy.local.status

logs: packages ## The services' logs in order of time [SERVICE=matching] [CORRELATION=…] [FOLLOW=1]
	@exec $(PY) -m deploy.local.logs --service='$(SERVICE)' --correlation='$(CORRELATION)' $(if $(call yes,$(FOLLOW)),--follow)

reset: packages ## Stop, and delete all data [YES=1: do not ask]
	@exec $(PY) -m deploy.local.reset $(if $(call yes,$(YES)),--yes)

demo: packages ## Walk the journey of one volunteer through the running platform
	@exec $(PY) -m deploy.local.demo $(ARGS)

token: packages ## An access token for trying the interfaces: ROLE=coordinator DISTRICT=03351 [SUB=any-subject]; alone: the roles
	@exec $(PY) -m deploy.local.token --role='$(ROLE)' --district='$(DISTRICT)' --sub='$(SUB)'

run: packages ## A command of a service on the running platform: SERVICE=registry CMD="verify-audit"; without CMD: what there is
	@exec $(PY) -m deploy.local.run --service='$(SERVICE)' --command="$${CMD:-}"

test: servers ## All tests, on their own servers [ARGS=tests/unit] [ARGS='-m long': those that take minutes] [TEST_BACKEND=containers]
	@exec $(PY) -m $(if $(ARGS),pytest $(ARGS),tests.support.side_by_side)

test-keycloak: servers ## The sign-in of staff at a real Keycloak, which the first run fetches
	@exec $(PY) -m pytest -m keycloak tests/system/test_staff_sign_in.py $(ARGS)

faults: servers ## The promise under fire: build/faults.json [SECONDS=7200] [SEED=1] [ARGS='--brokers 3 --only killed,poison']
	@exec $(PY) -m tests.faults $(if $(SECONDS),--seconds $(SECONDS)) $(if $(SEED),--seed $(SEED)) $(ARGS)

power: servers ## Does the checker of `make faults` find planted bugs? build/faults-power.json [ARGS='--only NAME --at-a-time 2']
	@exec $(PY) -m tests.faults.power $(ARGS)

bench: servers ## What everything costs, build/bench.json [SECONDS=1200] [SEED=1] [ARGS='--only writes --only travel --courses 1000']
	@exec $(PY) -u -m tests.benchmarks $(if $(SECONDS),--seconds $(SECONDS)) $(if $(SEED),--seed $(SEED)) $(ARGS)

check: packages ## Style, types, layers, contracts, documents
	@exec $(PY) -m deploy.local.check $(ARGS)

lock: ## Resolve the dependencies of pyproject.toml anew
	@uv=$$(deploy/local/bootstrap.sh uv); export UV_CUSTOM_COMPILE_COMMAND="make lock"; \
	compile="$$uv pip compile --quiet --universal --python-version 3.11 --generate-hashes --no-emit-index-url --no-annotate"; \
	$$compile $(ARGS) pyproject.toml --output-file requirements.lock; \
	$$compile $(ARGS) pyproject.toml --all-extras --output-file requirements-dev.lock

contracts: packages ## Write the schemas and documents that follow from shared/contracts and the services
	@$(PY) -m shared.contracts export && $(PY) -m shared.http export-openapi

format: packages ## Format the code
	@$(PY) -m ruff format . && $(PY) -m ruff check --fix .

packages:
	@deploy/local/bootstrap.sh

servers:
	@deploy/local/bootstrap.sh servers
