.PHONY: dashboards otel-up otel-down otel-health otel-logs otel-build

##@ OpenTelemetry collector
otel-up: ## Start it; ARC_OTEL_MODE=standalone needs no SigNoz
otel-down: ## Stop and remove it
otel-health: ## Print which servers it reaches, and whether exports work
otel-logs: ## Follow its log
otel-build: ## Build its image

dashboards: setup-lint ## Write build/dashboards for Grafana and SigNoz
	@scripts/in-container --image arc-tools:lint \
	  python3 -B services/otel/dashboards/build.py build/dashboards

otel-up otel-build: setup-engine
	@scripts/otel/stack $(@:otel-%=%)
otel-down otel-health otel-logs:
	@scripts/otel/stack $(@:otel-%=%)
