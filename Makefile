# arc-sidecar. `make help` lists the targets, which are in mk/ and services/.
# A host needs make, git and Docker; on Debian 12 or 13, as root, `make setup` installs Docker.
SHELL := /bin/bash
.SHELLFLAGS := -euo pipefail -c
.DEFAULT_GOAL := help
MAKEFLAGS += --no-builtin-rules --no-print-directory
.SUFFIXES:
# One target at a time: each uses all cores.
.NOTPARALLEL:

# Where Debian 13's engine is unpacked on Debian 12.
export PATH := $(PATH):/opt/arc-engine/usr/bin

include mk/help.mk mk/messaging.mk mk/cluster.mk mk/cortex.mk
include $(sort $(filter-out services/otel/%,$(wildcard services/*/*.mk))) services/otel/otel.mk
include mk/build.mk mk/own.mk mk/test.mk mk/kubernetes.mk mk/quality.mk mk/release.mk mk/setup.mk
