# Builds run in the toolchain's container. ARC_JOBS limits the parallel compilers (0: one per core).
.PHONY: build build-arm64 build-all clean

ARC_JOBS ?= 0
jobs := $(if $(filter-out 0,$(ARC_JOBS)),--parallel $(ARC_JOBS))

# $(call cmake,IMAGE,PRESET) configures and builds build/PRESET. A lock serializes parallel stages.
cmake = flock .arc/build.$(2) scripts/in-container $(1) \
  sh -c 'cmake --preset $(2) && cmake --build --preset $(2) $(jobs)'

##@ Build
build: setup-amd64 ## Build build/release-amd64/arc-sidecar (static, stripped)
	@$(call cmake,amd64,release-amd64)

build-arm64: setup-arm64 ## Build build/release-arm64/arc-sidecar (cross-compiled)
	@$(call cmake,arm64,release-arm64)

build-all: build build-arm64 ## Build both architectures

clean: ## Remove build/ and .arc/; keep images and downloads
	@rm -rf build .arc
