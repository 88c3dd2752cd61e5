# The platform's cortex against these services. The platform's repository leaves this file out: its
# own cortex.mk has the target.
.PHONY: cortex-run-dev

##@ NATS, Pulsar and Redis
cortex-run-dev: ## Run cortex (CORTEX_IMAGE=…) against them (docs/monorepo.md)
	@scripts/messaging/cortex
