# Format and lint: clang's tools and Compose are arc-toolchain:dev's, all others arc-tools:lint's (docker/tools).
.PHONY: fmt lint lint-quick lint-format lint-tidy lint-shell lint-docker lint-yaml lint-workflows lint-schemas lint-compose

cxx_files = $(shell git ls-files --cached --others --exclude-standard -- '*.cpp' '*.hpp')
shell_files = $(shell git ls-files --cached --others --exclude-standard -- '*.sh' | cat) \
  $(shell git grep -lE --untracked '^\#!/(usr/bin/env bash|bin/(ba)?sh)' -- scripts docker compose services tests .ci)

# $(call tracked,PATTERN…) what git knows of or would take, and is there.
tracked = $(wildcard $(shell git ls-files --cached --others --exclude-standard -- $(1)))
in_lint = scripts/in-container --image arc-tools:lint

##@ Quality
fmt: setup-dev ## format the C++ files in place
	@scripts/in-container dev clang-format -i $(cxx_files)

lint: lint-quick lint-tidy ## everything, each tool pinned

nightly: lint

lint-quick: lint-format lint-shell lint-docker lint-yaml lint-workflows lint-schemas lint-compose ## all but clang-tidy: seconds

lint-format: setup-dev ## as clang-format lays it out
	@scripts/in-container dev clang-format --dry-run -Werror $(cxx_files)

lint-shell: setup-lint
	@$(in_lint) shellcheck -x $(sort $(shell_files))

lint-docker: setup-lint
	@$(in_lint) hadolint $(call tracked,'*Dockerfile')

lint-yaml: setup-lint
	@$(in_lint) yamllint --strict $(call tracked,'*.yaml' '*.yml' .clang-format '*.clang-tidy')

lint-workflows: setup-lint
	@$(in_lint) actionlint $(call tracked,'.github/workflows/*.yml')

lint-schemas: setup-lint
	@$(in_lint) check-jsonschema --quiet --schemafile services/service.schema.json $(call tracked,'services/*/service.yaml')
	@$(in_lint) check-jsonschema --quiet --schemafile services/profiles.schema.json services/profiles.yaml

lint-compose: setup-dev
	@scripts/in-container dev sh -ec 'for file; do docker compose --file "$$file" config --quiet; done' \
	  lint $(call tracked,'compose/*.yml' 'services/*/docker-compose.yml')

# Needs build/dev's compile_commands.json; headers are checked where they are included. Minutes for the
# whole tree: TIDY=sidecar/nats/client.cpp names what to look at.
TIDY ?= $(filter %.cpp,$(cxx_files))
lint-tidy: dev
	@scripts/in-container dev bash -c 'set -o pipefail; printf "%s\n" $(TIDY) | \
	  xargs -P "$$(nproc)" -n 1 clang-tidy --quiet -p build/dev \
	  2> >(grep -v "warnings generated\.$$" >&2)'
