flash-up flash-down flash-health flash-logs flash-build: ## the same for NATS alone

$(eval $(call stack_targets,flash,flash))
