# Releases and their tests. The workflows call these targets and their scripts.
.PHONY: reproducible release-rehearsal ci-build-amd64 ci-build-arm64 ci-image ci-smoke

##@ Release
reproducible: setup-amd64 setup-arm64 ## Compare two clean builds byte for byte (minutes)
	@scripts/reproducible

# Runs as root, with a set-up of its own.
release-rehearsal: ## Release VERSION=X.Y.Z to a local registry (root, minutes)
	@scripts/release/rehearsal $(VERSION)

# For the workflows. SERVICES: some of messaging, streaming, cache, sidecar; ARC_TAG: the images' tag.
SERVICES ?= messaging streaming cache sidecar
ci-build-amd64: build
ci-build-arm64: build-arm64

ci-image: setup-bases ## Build the images of SERVICES for this machine
	@scripts/with-bases scripts/ci/image $(SERVICES)

ci-smoke: ## Start each image of ARC_TAG, check it, stop it
	@scripts/ci/smoke $(SERVICES)
