.PHONY: otel-up otel-down otel-health otel-logs otel-build

##@ OpenTelemetry collector
otel-up: ## start the collector; ARC_OTEL_MODE=standalone does without SigNoz
otel-down: ## stop and remove it
otel-health: ## which servers it reaches, and whether what it sends is taken
otel-logs: ## follow its log
otel-build: ## build its image

otel-up otel-build: setup-engine
	@scripts/otel/stack $(@:otel-%=%)
otel-down otel-health otel-logs:
	@scripts/otel/stack $(@:otel-%=%)
