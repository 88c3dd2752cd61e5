# What holds in this project's own repository alone. The platform's repository leaves this file out:
# there `make dev` starts services, and most files are not this project's (docs/monorepo.md).
.PHONY: dev

dev: build-dev ## build/dev, for the edit-build-test turn

# Every file here is linted.
own_paths := .
