##@ NATS alone
flash-up: ## Build a missing image, start NATS, wait until healthy
flash-down: ## Stop and remove the container; keep its data
flash-health: ## Print the verdict; fail unless it is healthy
flash-logs: ## Follow the log
flash-build: ## Build the binary and the image
flash-adopt: ## Hand a volume of an earlier image over to this one

$(eval $(call stack_targets,flash,flash))
