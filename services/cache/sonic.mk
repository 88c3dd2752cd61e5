sonic-up sonic-down sonic-health sonic-logs sonic-build: ## the same for Redis alone

$(eval $(call stack_targets,sonic,sonic))
