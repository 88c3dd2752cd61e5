# Set-up of the machine. Other targets call these; each is a fast no-op once done.
.PHONY: setup setup-engine setup-amd64 setup-arm64 setup-dev setup-bases setup-pulsar setup-clients
.PHONY: setup-collector setup-prometheus setup-lint setup-release-tools lock engine-down

##@ Set-up (other targets call it as needed)
setup: ## Set up the engine, the toolchain, the base images
	@scripts/setup engine amd64 dev bases

setup-engine:
	@scripts/setup engine

setup-amd64:
	@scripts/setup engine amd64

setup-arm64:
	@scripts/setup engine arm64

setup-dev:
	@scripts/setup engine dev

setup-bases:
	@scripts/setup engine bases

setup-pulsar:
	@scripts/setup engine pulsar

# The servers of the nightly fault matrix, and the tools that `make bench` compares with.
.PHONY: setup-nats-current setup-redis-6.2 setup-redis-7.0 setup-valkey setup-pulsar-4.0
.PHONY: setup-bench setup-shells setup-engines
setup-nats-current setup-redis-6.2 setup-redis-7.0 setup-valkey setup-pulsar-4.0 setup-bench \
  setup-shells setup-engines:
	@scripts/setup engine $(@:setup-%=%)

setup-clients:
	@scripts/setup engine clients

setup-collector:
	@scripts/setup engine collector

setup-prometheus:
	@scripts/setup engine prometheus

setup-lint:
	@scripts/setup engine lint

setup-release-tools:
	@scripts/setup engine release-tools

lock: ## Write packages.lock (ARC_FRESH=1: from new images)
	@scripts/setup engine lock

engine-down: ## Stop the Docker Engine that the set-up started
	@scripts/setup engine-stop
