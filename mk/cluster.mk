# A cluster on one machine, to try rolling restarts (docs/clusters.md).
.PHONY: cluster-up cluster-down cluster-health cluster-roll

##@ Clusters of NATS and Redis on this machine
cluster-up: setup-engine ## Start three members of each, wait until healthy
	@scripts/messaging/cluster up
cluster-down: ## Stop and remove the members; keep their data
	@scripts/messaging/cluster down
cluster-health: ## Print each member's verdict and whether it may stop
	@scripts/messaging/cluster health
cluster-roll: setup-clients ## Restart all under load; print what was lost
	@scripts/messaging/cluster roll
