# For the platform's root Makefile, which includes this file instead of its own files for messaging,
# streaming, cache and their aggregate (docs/monorepo.md). Not part of this repository's Makefile.
# The recipes are bash. On Debian 12, Debian 13's engine is in /opt/arc-engine.
SHELL := /bin/bash
export PATH := $(PATH):/opt/arc-engine/usr/bin

include mk/messaging.mk mk/cluster.mk services/messaging/flash.mk services/streaming/strange.mk services/cache/sonic.mk
include mk/build.mk mk/release.mk mk/setup.mk mk/test.mk mk/kubernetes.mk mk/quality.mk

# The platform names a service by its role, and calls all three "transport".
platform_roles := messaging streaming cache
platform_actions := up down health logs build adopt
.PHONY: $(foreach role,streaming cache transport,$(platform_actions:%=$(role)-%)) \
  $(platform_roles:%=%-publish) $(foreach role,$(platform_roles) transport,$(role)-help)

$(platform_actions:%=streaming-%): streaming-%: strange-%
$(platform_actions:%=cache-%): cache-%: sonic-%
$(platform_actions:%=transport-%): transport-%: messaging-%

# The tag is never `latest`: a release moves that.
platform_tag = $(or $(ARC_TAG),dev)
$(platform_roles:%=%-publish): %-publish:
	docker tag arc-$*:$(platform_tag) $(or $(REGISTRY),ghcr.io)/$(or $(ORG),arc-framework)/arc-$*:$(platform_tag)
	docker push $(or $(REGISTRY),ghcr.io)/$(or $(ORG),arc-framework)/arc-$*:$(platform_tag)

## messaging-help: NATS, Pulsar and Redis together; make streaming-help or cache-help for one
messaging-help transport-help:
	@sed -n 's/^\([a-z-]*\):.* ## /  \1: /p' mk/messaging.mk
## streaming-help: Pulsar (arc-streaming)
streaming-help:
	@sed -n 's/^strange\([a-z-]*\):.* ## /  streaming\1: /p' services/streaming/strange.mk
## cache-help: Redis (arc-cache)
cache-help:
	@sed -n 's/^sonic\([a-z-]*\):.* ## /  cache\1: /p' services/cache/sonic.mk
