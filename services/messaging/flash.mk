flash-up flash-down flash-health flash-logs flash-build flash-adopt: ## the same for NATS alone

$(eval $(call stack_targets,flash,flash))
