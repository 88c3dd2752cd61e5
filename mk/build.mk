# Builds, in the toolchain's container. ARC_JOBS bounds the parallel compilers (0: one a core).
.PHONY: build build-arm64 build-all clean

ARC_JOBS ?= 0
jobs := $(if $(filter-out 0,$(ARC_JOBS)),--parallel $(ARC_JOBS))

# $(call cmake,IMAGE,PRESET) configures and builds build/PRESET; one at a time, where stages run
# side by side.
cmake = flock .arc/build.$(2) scripts/in-container $(1) sh -c 'cmake --preset $(2) && cmake --build --preset $(2) $(jobs)'

##@ Build
build: setup-amd64 ## build/release-amd64/arc-sidecar (static, stripped)
	@$(call cmake,amd64,release-amd64)

build-arm64: setup-arm64 ## build/release-arm64/arc-sidecar (cross-compiled)
	@$(call cmake,arm64,release-arm64)

build-all: build build-arm64 ## both architectures

clean: ## remove build/ and the set-up's notes (images and downloads stay)
	@rm -rf build .arc
