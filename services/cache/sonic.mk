##@ Redis alone
sonic-up: ## Build a missing image, start Redis, wait until healthy
sonic-down: ## Stop and remove the container; keep its data
sonic-health: ## Print the verdict; fail unless it is healthy
sonic-logs: ## Follow the log
sonic-build: ## Build the binary and the image
sonic-adopt: ## Hand a volume of an earlier image over to this one

$(eval $(call stack_targets,sonic,sonic))
