# The shipped manifests on a real Kubernetes (docs/kubernetes.md).
.PHONY: setup-kubernetes kubernetes

# Kubernetes is built from its sources the first time, which takes a quarter of an hour.
setup-kubernetes:
	@scripts/setup engine kubernetes

##@ Test
# ROUNDS is how many new clusters are started.
kubernetes: messaging-build setup-clients setup-kubernetes ## Test the manifests on three nodes (15 minutes)
	@ARC_ROUNDS=$(or $(ROUNDS),2) scripts/kubernetes $(PYTEST_ARGS)
