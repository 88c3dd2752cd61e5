sonic-up sonic-down sonic-health sonic-logs sonic-build sonic-adopt: ## the same for Redis alone

$(eval $(call stack_targets,sonic,sonic))
