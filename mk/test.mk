# Tests. `make test` runs the stages, several at once, each as soon as what it needs (behind the
# colon) has passed, and prints their times and the slowest tests. A stage can be run by itself;
# PYTEST_ARGS goes to pytest ("-k stream -x"), ARC_SIDECAR names another binary to test.
FAULTS_OTHERS := faults-nats-current faults-redis-7.0 faults-valkey faults-pulsar-4.0
.PHONY: build-dev build-asan integration-alone bench faults-report test alerts metrics unit asan binaries size integration pid1 faults faults-asan $(FAULTS_OTHERS) faults-all faults-table e2e host-tests nightly fuzz planted siege

# Servers that are asked within seconds wait until nothing compiles any more. integration and e2e
# keep all cores busy by themselves; faults, pid1 and metrics mostly wait.
comma := ,
space := $(subst ,, )
comma_list = $(subst $(space),$(comma),$(strip $(1)))
PREPARATIONS := build-asan setup-bases setup-clients setup-prometheus setup-pulsar build build-arm64
BESIDE_THEM := lint-format host-tests alerts
BEHIND_THEM := integration asan binaries
TEST_STAGES := setup-dev $(PREPARATIONS:%=%:setup-dev) $(BEHIND_THEM:%=%:$(call comma_list,$(PREPARATIONS))) \
  faults:integration pid1:integration metrics:pid1 e2e:faults,metrics \
  $(BESIDE_THEM:%=%:setup-prometheus) integration-alone:$(call comma_list,e2e $(BEHIND_THEM) $(BESIDE_THEM))
PYTEST_ARGS ?=
pytest = scripts/pytest $(PYTEST_ARGS)
# What is no pytest test finds tests/support this way; pytest does by pyproject.toml.
python = env PYTHONPATH=tests python3 -B

##@ Test
test: ## all stages, each with its time
	@ARC_TEST_ALONE=later scripts/run-stages $(TEST_STAGES)

build-dev: setup-dev
	@$(call cmake,dev,dev)

unit: build-dev ## unit tests
	@scripts/in-container dev build/dev/arc-unit-tests

build-asan: setup-dev
	@$(call cmake,dev,asan)

asan: build-asan ## unit tests under the address and undefined-behaviour sanitizers
	@scripts/in-container dev build/asan/arc-unit-tests

binaries: build-all setup-dev ## what ships: static, small, and running, arm64 under emulation
	@scripts/in-container dev $(pytest) tests/binary

size: build-all setup-dev ## the binaries' sizes by section
	@scripts/in-container dev size --format=sysv build/release-amd64/arc-sidecar build/release-arm64/arc-sidecar

# Real servers on free ports of the container's own loopback; the binary is the sanitized one.
integration: build build-asan setup-pulsar ## the binary (under sanitizers) against real servers
	@ARC_SIDECAR=$(or $(ARC_SIDECAR),$(CURDIR)/build/asan/arc-sidecar) \
	  ARC_SIDECAR_SHIPPED=$(CURDIR)/build/release-amd64/arc-sidecar \
	  ARC_PULSAR_HOME=$$(scripts/setup pulsar-home) \
	  scripts/in-container --resolver dev $(pytest) tests/integration

integration-alone:
	@ARC_TEST_ALONE=only $(MAKE) integration

# What PID 1 does, with the binary that ships: as PID 1 of a namespace of its own, and as an
# ordinary process, which is below docker's init there.
pid1: build setup-dev ## the behaviours of PID 1, of the shipped binary
	@ARC_SIDECAR=$(CURDIR)/build/release-amd64/arc-sidecar ARC_NAMESPACES=1 \
	  scripts/in-container --namespaces dev $(pytest) $(wildcard tests/integration/test_run_*.py)

# Read by others: promtool, and series by series beside the usual exporter of Redis.
metrics: build setup-prometheus ## the expositions of the shipped binary
	@ARC_SIDECAR=$(CURDIR)/build/release-amd64/arc-sidecar scripts/in-container prometheus $(pytest) tests/metrics

# Also on the shipped binary: what is asked here is what users meet. $(call
# ask_faults,IMAGE,PULSAR,CASES); the rows are kept for faults-table. FAULTS_ARGS="--case N02" asks
# some. No condition is marked nightly: make nightly asks all.
ask_faults = mkdir -p .arc/faults && ARC_SIDECAR=$(or $(ARC_SIDECAR),$(CURDIR)/build/release-amd64/arc-sidecar) \
  ARC_PULSAR_HOME=$$(scripts/setup $(2)) ARC_TEST_MARKS= \
  scripts/in-container --resolver $(1) $(pytest) -q tests/faults --report .arc/faults/$@.json $(3) $(FAULTS_ARGS)

faults: build setup-dev setup-pulsar ## every known condition on real servers: right, wrong, not run
	@$(call ask_faults,dev,pulsar-home)

faults-asan: build-asan ## the same under the sanitizers
	@$(MAKE) faults ARC_SIDECAR=$(CURDIR)/build/asan/arc-sidecar

faults-nats-current: build setup-nats-current ## NATS's part on the newest nats-server
	@$(call ask_faults,nats-current,pulsar-home,--case N)

faults-redis-7.0: build setup-redis-7.0 ## Redis's part on Redis 7.0
	@$(call ask_faults,redis-7.0,pulsar-home,--case R)

faults-valkey: build setup-valkey ## Redis's part on Valkey
	@$(call ask_faults,valkey,pulsar-home,--case R)

faults-pulsar-4.0: build setup-pulsar-4.0 ## Pulsar's part on Pulsar 4.0
	@$(call ask_faults,dev,pulsar-4.0-home,--case P)

faults-all: build-asan ## all of these under the sanitizers (nightly)
	@$(MAKE) --keep-going faults $(FAULTS_OTHERS) ARC_SIDECAR=$(CURDIR)/build/asan/arc-sidecar

faults-table: ## docs/faults.md: the matrix as it came out, right or wrong, for each server
	@status=0; $(MAKE) faults-all || status=$$?; \
	  scripts/in-container dev $(python) tests/faults/table.py \
	    $(foreach name,faults $(FAULTS_OTHERS),.arc/faults/$(name).json) >.arc/faults.md && mv .arc/faults.md docs/faults.md; \
	  exit $$status

# The images are this machine's, and so is the binary. Two workers, each with a stack and so a
# Pulsar of its own, which mostly wait: a third one would be one more than two cores feed. Nothing
# runs beside this stage, so that its tests marked `alone` come at its end.
native := $(if $(filter aarch64 arm64,$(shell uname -m)),arm64,amd64)
e2e: ci-build-$(native) setup-dev setup-bases setup-clients setup-prometheus ## the composed images, under a prefix of their own
	@ARC_SIDECAR=$(CURDIR)/build/release-$(native)/arc-sidecar ARC_TEST_WORKERS=$(or $(ARC_TEST_WORKERS),2) ARC_TEST_ALONE=also \
	  scripts/with-bases scripts/in-container --engine dev $(pytest) tests/e2e

# ARC_SIEGE_SECONDS (10) is how long each of five measurements takes. One test after the other; the
# figures are printed.
siege: ci-build-$(native) setup-dev setup-bases ## every abuse of the HTTP endpoint, on the three images with their limits (an hour)
	@ARC_SIDECAR=$(CURDIR)/build/release-$(native)/arc-sidecar \
	  scripts/with-bases scripts/in-container --engine dev $(python) -m pytest -s $(PYTEST_ARGS) tests/siege

faults-report: build setup-dev setup-bases setup-clients ## docs/container-faults.md: what is said of each fault of a container (10 minutes)
	@scripts/with-bases scripts/in-container --engine dev $(python) tests/faults/report.py >.arc/faults.md && mv .arc/faults.md docs/container-faults.md

# In an image of its own, with the other inits and tools.
bench: build setup-bench setup-pulsar ## what PID 1 and a check cost, beside others (2 minutes; docs/benchmarks.md)
	@ARC_SIDECAR=$(CURDIR)/build/release-amd64/arc-sidecar ARC_PULSAR_HOME=$$(scripts/setup pulsar-home) \
	  scripts/in-container bench $(python) tests/bench/bench.py --pulsar

# The forge runs each of these in a job of its own (messaging-nightly.yml): a runner ends a job
# after six hours.
NIGHTLY_STAGES := lint reproducible integration metrics faults-all e2e siege fuzz planted
nightly: $(NIGHTLY_STAGES:%=nightly-%) ## the longer campaigns: tests marked nightly, other servers, fuzzing, lint

.PHONY: $(NIGHTLY_STAGES:%=nightly-%)
$(NIGHTLY_STAGES:%=nightly-%): nightly-%: %
nightly-e2e: setup-collector
nightly-integration nightly-metrics nightly-e2e: export ARC_TEST_MARKS := nightly

# In a copy of the commit, below .arc/planted: changes that are not committed take no part.
# PLANTED_ARGS='--only SLUG' tries one defect, PLANTED_ARGS=--list prints them all.
planted: setup-dev ## each of the known defects, planted in a copy: a stage of make test must fail (hours)
	@tests/planted/run $(PLANTED_ARGS) $(TEST_STAGES)

fuzz: setup-dev ## libFuzzer on everything that parses bytes from outside, FUZZ_SECONDS (60) each
	@$(call cmake,dev,fuzz)
	@scripts/in-container dev env FUZZ_SECONDS=$(or $(FUZZ_SECONDS),60) scripts/fuzz

host-tests: setup-dev ## what the set-up's scripts make of this and other machines
	@scripts/in-container dev $(pytest) tests/host

alerts: setup-prometheus ## the alert rules: accepted, tested, explained in the run book
	@scripts/in-container prometheus $(pytest) tests/alerts
