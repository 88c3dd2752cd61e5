# The services: messaging-* means all three, flash-*, strange-* and sonic-* (services/*/*.mk) one.
# $(call stack_targets,NAME,CODENAMES) defines NAME-up, -down, -health, -logs, -build and -adopt.
define stack_targets
.PHONY: $(1)-up $(1)-down $(1)-health $(1)-logs $(1)-build $(1)-adopt
$(1)-up $(1)-build $(1)-adopt: setup-engine
	@scripts/messaging/stack $$(@:$(1)-%=%) $(2)
$(1)-down $(1)-health $(1)-logs:
	@scripts/messaging/stack $$(@:$(1)-%=%) $(2)
endef

##@ NATS, Pulsar and Redis
messaging-up: ## build what is missing, start all three, wait until they are healthy
messaging-down: ## stop and remove the containers; data and network stay
messaging-health: ## the verdict of each; fails unless all are healthy
messaging-logs: ## follow the logs of all three
messaging-build: ## build the binary and the three images
messaging-adopt: ## give volumes that earlier images filled as other users to these images

$(eval $(call stack_targets,messaging,))
