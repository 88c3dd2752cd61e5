##@ Pulsar alone
strange-up: ## Build a missing image, start Pulsar, wait until healthy
strange-down: ## Stop and remove the container; keep its data
strange-health: ## Print the verdict; fail unless it is healthy
strange-logs: ## Follow the log
strange-build: ## Build the binary and the image
strange-adopt: ## Hand a volume of an earlier image over to this one

$(eval $(call stack_targets,strange,strange))
