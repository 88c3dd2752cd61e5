# The platform's cortex against these services. In the platform's own repository its cortex.mk has
# this target, and this file is left out.
.PHONY: cortex-run-dev

##@ With the platform
cortex-run-dev: ## run cortex (CORTEX_IMAGE=…) on the services' network, in the foreground (docs/monorepo.md)
	@scripts/messaging/cortex
