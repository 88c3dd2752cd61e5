# Format and lint: clang's tools and Compose are arc-toolchain:dev's, all others arc-tools:lint's
# (docker/tools).
lint_quick := format python spelling shell docker yaml workflows schemas compose
.PHONY: fmt lint lint-quick lint-tidy $(lint_quick:%=lint-%)

# This project's files in a tree that has others, too: the platform's repository (docs/monorepo.md).
# Only these are linted.
own_paths ?= sidecar cmake CMakeLists.txt CMakePresets.json compose docker docker-bake.hcl mk security tests \
  services/messaging services/streaming services/cache services/*.schema.json .github/workflows/messaging-*.yml \
  .clang-format .clang-tidy .dockerignore .hadolint.yaml .yamllint.yaml pyproject.toml \
  scripts/ci scripts/messaging scripts/otel scripts/release $(own_scripts:%=scripts/%)
own_scripts = commit fuzz in-container pytest reproducible run-stages setup with-bases $(own_libraries:%=lib/%.sh)
own_libraries = apt bases clients collector debian emulation engine go image lock log own_engine platform prometheus pulsar \
  registry servers toolchain tools

# What git knows of or would take, and is there. Asked once, and only where a target needs it.
list_own_files = $(wildcard $(shell git ls-files --cached --others --exclude-standard -- $(own_paths)))
own_files = $(eval own_files := $$(list_own_files))$(own_files)
# $(call with_shebang,REGEX) those without a suffix whose interpreter matches.
without_suffix = $(foreach file,$(own_files),$(if $(suffix $(notdir $(file))),,$(file)))
with_shebang = $(shell grep -lE '^\#!/(usr/bin/env |bin/)$(1)' /dev/null $(without_suffix))

cxx_files = $(filter %.cpp %.hpp,$(own_files))
shell_files = $(sort $(filter %.sh,$(own_files)) $(call with_shebang,(ba)?sh))
python_files = $(sort $(filter %.py,$(own_files)) $(call with_shebang,python3))
in_lint = scripts/in-container --image arc-tools:lint

##@ Quality
fmt: setup-dev setup-lint ## format the C++ and Python files in place
	@scripts/in-container dev clang-format -i $(cxx_files)
	@$(in_lint) ruff format --quiet $(python_files)

lint: lint-quick lint-tidy ## everything, each tool pinned

lint-quick: $(lint_quick:%=lint-%) ## all but clang-tidy: seconds

lint-format: setup-dev ## as clang-format lays it out
	@scripts/in-container dev clang-format --dry-run -Werror $(cxx_files)

lint-python: setup-lint ## ruff: its rules and its layout
	@$(in_lint) ruff check $(python_files)
	@$(in_lint) ruff format --check --quiet $(python_files)

# The words that it takes for misspelt, and need not: pyproject.toml.
lint-spelling: setup-lint ## codespell, in everything
	@$(in_lint) codespell $(own_files)

lint-shell: setup-lint
	@$(in_lint) shellcheck -x $(shell_files)

lint-docker: setup-lint
	@$(in_lint) hadolint $(filter %Dockerfile,$(own_files))

lint-yaml: setup-lint
	@$(in_lint) yamllint --strict $(filter %.yaml %.yml %.clang-format %.clang-tidy,$(own_files))

lint-workflows: setup-lint
	@$(in_lint) actionlint $(filter .github/workflows/%,$(own_files))

lint-schemas: setup-lint
	@$(in_lint) check-jsonschema --quiet --schemafile services/service.schema.json \
	  $(filter services/%/service.yaml,$(own_files))
	@$(if $(filter services/profiles.yaml,$(own_files)), \
	  $(in_lint) check-jsonschema --quiet --schemafile services/profiles.schema.json services/profiles.yaml)

lint-compose: setup-dev
	@scripts/in-container dev sh -ec 'for file; do docker compose --file "$$file" config --quiet; done' \
	  lint $(filter compose/%.yml %/docker-compose.yml,$(own_files))

# Needs build/dev's compile_commands.json; headers are checked where they are included. Minutes for
# the whole tree: TIDY=sidecar/nats/client.cpp names what to look at.
TIDY ?= $(filter %.cpp,$(cxx_files))
lint-tidy: build-dev
	@scripts/in-container dev bash -c 'set -o pipefail; printf "%s\n" $(TIDY) | \
	  xargs -P "$$(nproc)" -n 1 clang-tidy --quiet -p build/dev \
	  2> >(grep -v "warnings generated\.$$" >&2)'
