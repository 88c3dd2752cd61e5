# For this project's own repository. The platform's repository leaves this file out: there
# `make dev` starts services, and most files belong to other projects (docs/monorepo.md).
.PHONY: dev

##@ Build
dev: build-dev ## Build build/dev: the binary and its unit tests

# Lint every file.
own_paths := .
