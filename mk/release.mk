# What a release is made of, and its tests. The workflows call these targets and the scripts behind
# them.
.PHONY: reproducible release-rehearsal ci-build-amd64 ci-build-arm64 ci-image ci-smoke

##@ Release
reproducible: setup-amd64 setup-arm64 ## two clean builds in two folders are the same, byte for byte (minutes)
	@scripts/reproducible

# As root; its own set-up. VERSION=X.Y.Z.
release-rehearsal: ## a whole release of VERSION into a registry on this machine, read back (root, minutes)
	@scripts/release/rehearsal $(VERSION)

# What the workflows call. SERVICES: of messaging, streaming and cache; ARC_TAG: of the images.
SERVICES ?= messaging streaming cache
ci-build-amd64: build
ci-build-arm64: build-arm64

ci-image: setup-bases
	@scripts/with-bases scripts/ci/image $(SERVICES)

ci-smoke: ## start, healthy, as declared, clean stop: each image of ARC_TAG
	@scripts/ci/smoke $(SERVICES)
