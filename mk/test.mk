# Tests. `make test` runs the stages in parallel, each as soon as the stages behind its colon have
# passed, and prints their times and the slowest tests. Each stage also runs alone. PYTEST_ARGS goes
# to pytest ("-k stream -x"); ARC_SIDECAR names another binary to test.
FAULTS_OTHERS := faults-nats-current faults-redis-6.2 faults-redis-7.0 faults-valkey \
  faults-pulsar-4.0
ORACLE_OTHERS := $(FAULTS_OTHERS:faults-%=oracle-%)
.PHONY: build-dev build-asan test unit asan binaries size integration integration-alone pid1 metrics
.PHONY: size-images faults faults-asan $(FAULTS_OTHERS) faults-all faults-table faults-report e2e overload
.PHONY: oracle $(ORACLE_OTHERS) oracle-all
.PHONY: shells alerts differential host-tests fuzz planted bench bench-scale nightly

# Tests with time limits of seconds run after the compilers. integration and e2e keep all cores
# busy; faults, pid1 and metrics mostly wait.
comma := ,
space := $(subst ,, )
comma_list = $(subst $(space),$(comma),$(strip $(1)))
PREPARATIONS := build-asan setup-bases setup-clients setup-prometheus setup-pulsar build build-arm64
BESIDE_THEM := lint-format host-tests alerts
BEHIND_THEM := integration asan binaries
TEST_STAGES := setup-dev $(PREPARATIONS:%=%:setup-dev) \
  $(BEHIND_THEM:%=%:$(call comma_list,$(PREPARATIONS))) \
  faults:integration pid1:integration metrics:pid1 oracle:metrics e2e:faults,oracle \
  $(BESIDE_THEM:%=%:setup-prometheus) shells:build \
  integration-alone:$(call comma_list,e2e $(BEHIND_THEM) $(BESIDE_THEM))
PYTEST_ARGS ?=
pytest = scripts/pytest $(PYTEST_ARGS)
# For programs that import tests/support; pytest finds it by pyproject.toml.
python = env PYTHONPATH=tests python3 -B

##@ Test
test: ## Run all stages and print their times
	@ARC_TEST_ALONE=later scripts/run-stages $(TEST_STAGES)

build-dev: setup-dev
	@$(call cmake,dev,dev)

unit: build-dev ## Run the unit tests
	@scripts/in-container dev build/dev/arc-unit-tests

build-asan: setup-dev
	@$(call cmake,dev,asan)

asan: build-asan ## Run the unit tests under address and UB sanitizers
	@scripts/in-container dev build/asan/arc-unit-tests

binaries: build-all setup-dev ## Check the shipped binaries: static, small, they run
	@scripts/in-container dev $(pytest) tests/binary

size: build-all setup-dev ## Print the shipped binaries' sizes by library
	@scripts/in-container dev $(python) tests/support/sizes.py \
	  build/release-amd64/arc-sidecar build/release-arm64/arc-sidecar

size-images: ci-image ## Print what each image adds to its base
	@scripts/with-bases scripts/ci/image-sizes $(SERVICES)

# Real servers on free ports of the container's own loopback.
integration: build build-asan setup-pulsar setup-clients ## Test the sanitized binary against real servers
	@ARC_SIDECAR=$(or $(ARC_SIDECAR),$(CURDIR)/build/asan/arc-sidecar) \
	  ARC_SIDECAR_SHIPPED=$(CURDIR)/build/release-amd64/arc-sidecar \
	  ARC_CLIENTS=$$(scripts/setup clients-program) ARC_PULSAR_HOME=$$(scripts/setup pulsar-home) \
	  scripts/in-container --resolver dev $(pytest) tests/integration tests/differential

integration-alone:
	@ARC_TEST_ALONE=only $(MAKE) integration

# The campaigns of `make integration`, longer, and with the other servers. ARC_SEED repeats a run,
# ARC_COUNT is the number of inputs of a campaign.
differential: build setup-dev setup-redis-7.0 setup-valkey setup-nats-current setup-pulsar ## Compare how servers and sidecar read files
	@for run in redis:dev redis:redis-7.0 redis:valkey nats:dev nats:nats-current pulsar:dev; do \
	  ARC_PULSAR_HOME=$$(scripts/setup pulsar-home) \
	  ARC_SIDECAR=$(or $(ARC_SIDECAR),$(CURDIR)/build/release-amd64/arc-sidecar) \
	  ARC_COUNT=$${ARC_COUNT:-2000} scripts/in-container --resolver $${run#*:} \
	    $(pytest) tests/differential/test_$${run%:*}.py || exit; \
	done

# Each test runs the binary twice: as PID 1 of a namespace of its own, and as an ordinary process
# below Docker's init.
pid1: build setup-dev ## Test `run` of the shipped binary, as PID 1 and not
	@ARC_SIDECAR=$(CURDIR)/build/release-amd64/arc-sidecar ARC_NAMESPACES=1 \
	  scripts/in-container --namespaces dev $(pytest) $(wildcard tests/integration/test_run_*.py)

shells: build setup-shells ## Test completion and the manual page with real shells
	@ARC_SIDECAR=$(CURDIR)/build/release-amd64/arc-sidecar ARC_SHELLS=1 \
	  scripts/in-container shells $(pytest) tests/integration/test_completion.py

# promtool reads the expositions; Redis's series are compared with redis_exporter's.
metrics: build setup-prometheus ## Test the metrics of the shipped binary
	@ARC_SIDECAR=$(CURDIR)/build/release-amd64/arc-sidecar \
	  scripts/in-container prometheus $(pytest) tests/metrics

# $(call ask_faults,IMAGE,PULSAR,SERVICE) tests the shipped binary and keeps the rows for
# faults-table. FAULTS_ARGS="--scenario NAME" selects some. tests/README.md lists the variants.
# ARC_TEST_MARKS is empty since no condition is marked nightly.
ask_faults = mkdir -p .arc/faults && \
  ARC_SIDECAR=$(or $(ARC_SIDECAR),$(CURDIR)/build/release-amd64/arc-sidecar) \
  ARC_PULSAR_HOME=$$(scripts/setup $(2)) ARC_TEST_MARKS= \
  scripts/in-container --resolver $(1) $(pytest) -q tests/scenarios --report .arc/faults/$@.json \
    $(3) $(FAULTS_ARGS)

faults: build setup-dev setup-pulsar ## Test the answers to every known fault of a server
	@$(call ask_faults,dev,pulsar-home)

faults-asan: build-asan
	@$(MAKE) faults ARC_SIDECAR=$(CURDIR)/build/asan/arc-sidecar

faults-nats-current: build setup-nats-current
	@$(call ask_faults,nats-current,pulsar-home,--service nats)

faults-redis-6.2: build setup-redis-6.2
	@$(call ask_faults,redis-6.2,pulsar-home,--service redis)

faults-redis-7.0: build setup-redis-7.0
	@$(call ask_faults,redis-7.0,pulsar-home,--service redis)

faults-valkey: build setup-valkey
	@$(call ask_faults,valkey,pulsar-home,--service redis)

faults-pulsar-4.0: build setup-pulsar-4.0
	@$(call ask_faults,dev,pulsar-4.0-home,--service pulsar)

faults-all: build-asan
	@$(MAKE) --keep-going faults $(FAULTS_OTHERS) ARC_SIDECAR=$(CURDIR)/build/asan/arc-sidecar

faults-table: ## Run faults-all and oracle-all, write docs/faults.md
	@status=0; $(MAKE) --keep-going faults-all oracle-all || status=$$?; \
	  scripts/in-container dev $(python) tests/scenarios/table.py \
	    $(foreach name,faults $(FAULTS_OTHERS),.arc/faults/$(name).json) \
	    $(foreach name,oracle $(ORACLE_OTHERS),.arc/oracle/$(name).json) >.arc/faults.md && \
	    mv .arc/faults.md docs/faults.md; \
	  exit $$status

# $(call ask_oracle,IMAGE,PULSAR,SERVICE) compares the verdicts of the shipped binary with what the
# platform's clients can do, in ORACLE_STATES drawn states of each service. ORACLE_ARGS="--seed SEED
# --only NUMBER" makes one state again.
ORACLE_STATES ?= 50
ask_oracle = mkdir -p .arc/oracle && \
  ARC_SIDECAR=$(or $(ARC_SIDECAR),$(CURDIR)/build/release-amd64/arc-sidecar) \
  ARC_CLIENTS=$$(scripts/setup clients-program) ARC_PULSAR_HOME=$$(scripts/setup $(2)) \
  scripts/in-container --resolver $(1) $(pytest) -q tests/oracle -k "$(3)" \
    --states $(ORACLE_STATES) --report .arc/oracle/$@.json $(ORACLE_ARGS)

oracle: build setup-dev setup-clients setup-pulsar ## Compare verdicts with what real clients can do
	@$(call ask_oracle,dev,pulsar-home,)

oracle-nats-current: build setup-nats-current setup-clients
	@$(call ask_oracle,nats-current,pulsar-home,nats)

oracle-redis-6.2: build setup-redis-6.2 setup-clients
	@$(call ask_oracle,redis-6.2,pulsar-home,redis)

oracle-redis-7.0: build setup-redis-7.0 setup-clients
	@$(call ask_oracle,redis-7.0,pulsar-home,redis)

oracle-valkey: build setup-valkey setup-clients
	@$(call ask_oracle,valkey,pulsar-home,redis)

oracle-pulsar-4.0: build setup-pulsar-4.0 setup-clients
	@$(call ask_oracle,dev,pulsar-4.0-home,pulsar)

oracle-all:
	@$(MAKE) --keep-going oracle $(ORACLE_OTHERS) ORACLE_STATES=500

# Images and binary of this machine's architecture. Two workers, each with a stack and a Pulsar of
# its own: two cores are too slow for a third. No other stage runs at the same time, so tests marked
# `alone` run at the end of this one.
native := $(if $(filter aarch64 arm64,$(shell uname -m)),arm64,amd64)
e2e: ci-build-$(native) dashboards setup-dev setup-bases setup-clients setup-prometheus ## Test the composed images under a prefix of their own
	@ARC_SIDECAR=$(CURDIR)/build/release-$(native)/arc-sidecar \
	  ARC_TEST_WORKERS=$(or $(ARC_TEST_WORKERS),2) ARC_TEST_ALONE=also \
	  scripts/with-bases scripts/in-container --engine dev $(pytest) tests/e2e

# ARC_OVERLOAD_SECONDS (10) is the length of each of five measurements. The tests run one at a time
# and print their figures.
overload: ci-build-$(native) setup-dev setup-bases ## Abuse the HTTP endpoint of the three images (an hour)
	@ARC_SIDECAR=$(CURDIR)/build/release-$(native)/arc-sidecar \
	  scripts/with-bases scripts/in-container --engine dev \
	    $(python) -m pytest -s $(PYTEST_ARGS) tests/overload

faults-report: build setup-dev setup-bases setup-clients ## Write docs/container-faults.md (10 minutes)
	@scripts/with-bases scripts/in-container --engine dev \
	    $(python) tests/scenarios/container_faults.py \
	  >.arc/faults.md && mv .arc/faults.md docs/container-faults.md

# In an image with the other inits and tools.
bench: build setup-bench setup-pulsar ## Measure PID 1 and a check beside other tools (2 minutes)
	@ARC_SIDECAR=$(CURDIR)/build/release-amd64/arc-sidecar \
	  ARC_PULSAR_HOME=$$(scripts/setup pulsar-home) \
	  scripts/in-container bench $(python) tests/bench/bench.py --pulsar

bench-scale: build setup-dev setup-pulsar ## Measure with many streams, topics and keys (10 minutes)
	@for service in nats redis pulsar; do \
	  ARC_SIDECAR=$(CURDIR)/build/release-amd64/arc-sidecar \
	    ARC_PULSAR_HOME=$$(scripts/setup pulsar-home) \
	    scripts/in-container dev env PYTHONPATH=tests \
	      $(python) -B tests/bench/scale.py $$service || exit; \
	done

# messaging-nightly.yml runs each of these in a job of its own: a runner ends a job after six hours.
NIGHTLY_STAGES := lint reproducible integration differential metrics faults-all oracle-all e2e \
  overload fuzz planted
nightly: $(NIGHTLY_STAGES:%=nightly-%) ## Run the nightly tests, other servers, fuzzing, lint (hours)

.PHONY: $(NIGHTLY_STAGES:%=nightly-%)
$(NIGHTLY_STAGES:%=nightly-%): nightly-%: %
nightly-e2e: setup-collector setup-engines setup-redis-7.0 setup-nats-current setup-pulsar setup-pulsar-4.0
nightly-integration nightly-metrics nightly-e2e: export ARC_TEST_MARKS := nightly

# Works in a copy of the commit below .arc/planted and ignores uncommitted changes.
# PLANTED_ARGS='--only NAME' tries one defect; PLANTED_ARGS=--list prints them all.
planted: setup-dev ## Plant known defects; a stage must fail for each (hours)
	@tests/planted/run $(PLANTED_ARGS) $(TEST_STAGES)

fuzz: setup-dev ## Fuzz each parser for FUZZ_SECONDS (60)
	@$(call cmake,dev,fuzz)
	@scripts/in-container dev env FUZZ_SECONDS=$(or $(FUZZ_SECONDS),60) scripts/fuzz

host-tests: setup-dev ## Test the scripts, Makefiles and workflows
	@scripts/in-container dev $(pytest) tests/host

alerts: setup-prometheus ## Test the alert rules and the runbook
	@scripts/in-container prometheus $(pytest) tests/alerts
