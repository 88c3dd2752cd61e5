# The services: messaging-* means all three; flash-*, strange-* and sonic-* (services/*/*.mk) mean
# one. $(call stack_targets,NAME,CODENAMES) defines NAME-up, -down, -health, -logs, -build, -adopt.
define stack_targets
.PHONY: $(1)-up $(1)-down $(1)-health $(1)-logs $(1)-build $(1)-adopt
$(1)-up $(1)-build $(1)-adopt: setup-engine
	@scripts/messaging/stack $$(@:$(1)-%=%) $(2)
$(1)-down $(1)-health $(1)-logs:
	@scripts/messaging/stack $$(@:$(1)-%=%) $(2)
endef

##@ NATS, Pulsar and Redis
messaging-up: ## Build missing images, start all three, wait until healthy
messaging-down: ## Stop and remove the containers; keep data and network
messaging-health: ## Print each verdict; fail unless all three are healthy
messaging-logs: ## Follow the logs of all three
messaging-build: ## Build the binary and the three images
messaging-adopt: ## Hand volumes of earlier images over to the current ones

$(eval $(call stack_targets,messaging,))
