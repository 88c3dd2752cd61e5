strange-up strange-down strange-health strange-logs strange-build: ## the same for Pulsar alone

$(eval $(call stack_targets,strange,strange))
