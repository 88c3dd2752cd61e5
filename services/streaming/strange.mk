strange-up strange-down strange-health strange-logs strange-build strange-adopt: ## the same for Pulsar alone

$(eval $(call stack_targets,strange,strange))
