# Everything that a contributor runs. `make help` lists it.
PYTHON ?= python3
RUN := .venv/bin/python -m
export RAY_USAGE_STATS_ENABLED := 0

.DEFAULT_GOAL := help

.PHONY: help
help:  ## List these commands
	@sed -n 's/^\([a-z-]*\):.*## /\1\t/p' $(firstword $(MAKEFILE_LIST)) | expand -t 18

.PHONY: install
install:  ## Make .venv with all pinned dependencies (the other commands do this by themselves)
	@$(PYTHON) requirements/install.py

.PHONY: demo
demo: install  ## Plan a stack, then serve a small model here and ask it things
	@$(RUN) neuronserve.cli demo

.PHONY: serve
serve: install  ## Serve a small model on http://localhost:8000/v1 until Ctrl-C
	@exec $(RUN) neuronserve.cli serve

.PHONY: test
test: install  ## Run every check: lint, types, and all tests
	$(RUN) ruff check .
	$(RUN) ruff format --check .
	$(RUN) mypy
	$(RUN) pytest

.PHONY: format
format: install  ## Format the code and mend what can be mended
	$(RUN) ruff check --fix .
	$(RUN) ruff format .

.PHONY: golden
golden: install  ## Renew the golden plans after an intended change; read the diff before you commit it
	$(RUN) pytest tests/stacks/test_golden.py --renew-golden -q
	@git --no-pager diff --stat -- tests/stacks/golden

.PHONY: bench-overhead
bench-overhead: install  ## Compare throughput: vLLM's own server, this application, and it behind HAProxy
	$(RUN) benchmarks.overhead

.PHONY: lock
lock: install  ## Resolve the pinned requirements anew
	$(PYTHON) requirements/lock.py
