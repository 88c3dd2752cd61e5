# arc-sidecar. `make help` lists what there is; mk/ and services/ have it, a file for each idea.
# A host needs make, git and Docker; on Debian 12 or 13, as root, Docker comes by itself.
SHELL := /bin/bash
.SHELLFLAGS := -euo pipefail -c
.DEFAULT_GOAL := help
MAKEFLAGS += --no-builtin-rules --no-print-directory
.SUFFIXES:
# One target at a time: each uses all the cores itself.
.NOTPARALLEL:

# Where Debian 13's engine is unpacked on Debian 12.
export PATH := $(PATH):/opt/arc-engine/usr/bin

include mk/help.mk mk/messaging.mk $(sort $(wildcard services/*/*.mk))
include mk/cortex.mk mk/build.mk mk/own.mk mk/test.mk mk/quality.mk mk/release.mk mk/setup.mk
