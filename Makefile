# Everything that a contributor runs. `make help` lists it.
PYTHON ?= python3
RUN := .venv/bin/python -m
# In as many processes as there are processors; tests of one xdist_group stay in one of them.
PYTEST := $(RUN) pytest --numprocesses logical --maxprocesses 4 --dist loadgroup
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

.PHONY: quick
quick: lint types  ## In a minute: lint, types, and the tests that need no server and are not slow
	$(PYTEST) -m "not server and not cluster and not slow"

.PHONY: test
test: lint types tests  ## Run every check: lint, types, and all tests

.PHONY: lint
lint: install
	$(RUN) ruff check .
	$(RUN) ruff format --check .
	.venv/bin/lint-imports

.PHONY: types
types: install
	$(RUN) mypy

.PHONY: tests
tests: install
	$(PYTEST) --durations 10

.PHONY: fuzz
fuzz: install  ## Read thousands of spoilt stack files (CASES=<number>), of which the tests read some hundred
	NEURONSERVE_TEST_CASES=$(or $(CASES),5000) $(RUN) pytest tests/stack/test_fuzz.py

.PHONY: test-engine
test-engine: install  ## Lead every stack through the real Pulumi engine (CONTRIBUTING.md says what it takes)
	$(RUN) pytest tests/engine $(ARGS)

.PHONY: test-kubernetes
test-kubernetes: install  ## Build the CPU image, run stack local on a Kubernetes with a real node, break things (docs/local-stack.md)
	$(RUN) pytest tests/kubernetes $(ARGS)

.PHONY: test-vllm-0.13
test-vllm-0.13:  ## Run the serving tests on vLLM 0.13, that of the Neuron image
	@test -d .venv-vllm-0.13 || $(PYTHON) -m venv .venv-vllm-0.13
	@echo "==> Installing vLLM 0.13, PyTorch 2.9 and Ray into .venv-vllm-0.13"
	@.venv-vllm-0.13/bin/pip install --quiet --retries 1 --extra-index-url https://download.pytorch.org/whl/cpu torch==2.9.1
	@.venv-vllm-0.13/bin/pip install --quiet --no-deps -r requirements/vllm-0.13.txt
	.venv-vllm-0.13/bin/python -m pytest tests/serving

.PHONY: format
format: install  ## Format the code and mend what can be mended
	$(RUN) ruff check --fix .
	$(RUN) ruff format .

.PHONY: generate
generate: install  ## Write anew what comes from the settings classes: arguments, Pulumi.yaml, schema, reference
	@$(RUN) neuronserve.codegen

.PHONY: golden
golden: install  ## Renew the golden plans after an intended change; read the diff before you commit it
	$(RUN) pytest tests/stacks/test_golden.py tests/engine/test_changes.py --renew-golden -q
	@git status --short -- tests/stacks/golden docs

.PHONY: bench-overhead
bench-overhead: install  ## Compare start, throughput and first token: vLLM's own server, ours, and ours behind HAProxy
	$(RUN) benchmarks.overhead $(ARGS)

.PHONY: soak
soak: install  ## Twice the clients that the server takes, for 20 minutes, hang-ups among them
	$(RUN) benchmarks.soak $(ARGS)

.PHONY: lock
lock: install  ## Resolve the pinned requirements anew
	$(PYTHON) requirements/lock.py
