# Format and lint. clang's tools and Compose run in arc-toolchain:dev, all others in arc-tools:lint
# (docker/tools). `make lint-NAME` runs one linter of lint_quick.
lint_quick := format python spelling shell docker yaml workflows schemas compose
.PHONY: pages fmt lint lint-quick lint-tidy $(lint_quick:%=lint-%)

# The files to lint: this project's own files. The platform's repository has others, too
# (docs/monorepo.md).
own_paths ?= sidecar cmake CMakeLists.txt CMakePresets.json deploy docker mk tests \
  services/messaging services/streaming services/cache services/cluster services/sidecar \
  services/otel/dashboards \
  services/docker-* services/*.schema.json \
  .github/workflows/messaging-*.yml \
  .clang-format .clang-tidy .dockerignore .hadolint.yaml .yamllint.yaml pyproject.toml \
  scripts/ci scripts/messaging scripts/otel scripts/release $(own_scripts:%=scripts/%)
own_scripts = commit fuzz in-container kubernetes pytest reproducible run-stages setup with-bases \
  $(own_libraries:%=lib/%.sh)
own_libraries = apt bases clients collector debian emulation engine go image kubernetes lock log own_engine \
  platform prometheus pulsar registry servers toolchain tools

# Existing files that git tracks or would track. Computed once, when a target first needs it.
list_own_files = $(wildcard $(shell git ls-files --cached --others --exclude-standard -- $(own_paths)))
own_files = $(eval own_files := $$(list_own_files))$(own_files)
# $(call with_shebang,REGEX) the files without a suffix whose interpreter matches.
without_suffix = $(foreach file,$(own_files),$(if $(suffix $(notdir $(file))),,$(file)))
with_shebang = $(shell grep -lE '^\#!/(usr/bin/env |bin/)$(1)' /dev/null $(without_suffix))

cxx_files = $(filter %.cpp %.hpp,$(own_files))
shell_files = $(sort $(filter %.sh,$(own_files)) $(call with_shebang,(ba)?sh))
python_files = $(sort $(filter %.py,$(own_files)) $(call with_shebang,python3))
in_lint = scripts/in-container --image arc-tools:lint

##@ Quality
fmt: setup-dev setup-lint ## Format the C++ and Python files in place
	@scripts/in-container dev clang-format -i $(cxx_files)
	@$(in_lint) ruff format --quiet $(python_files)

pages: build-dev ## Write the generated parts of docs/*.md
	@scripts/in-container dev sh -ec 'for page in $$(build/dev/arc-docs); do \
	  build/dev/arc-docs "$$page" <"docs/$$page.md" >"docs/$$page.md.new"; \
	  mv "docs/$$page.md.new" "docs/$$page.md"; done'

lint: lint-quick lint-tidy ## Run all linters

lint-quick: $(lint_quick:%=lint-%) ## Run all linters but clang-tidy (seconds)

lint-format: setup-dev
	@scripts/in-container dev clang-format --dry-run -Werror $(cxx_files)

lint-python: setup-lint
	@$(in_lint) ruff check $(python_files)
	@$(in_lint) ruff format --check --quiet $(python_files)

# pyproject.toml lists accepted words.
lint-spelling: setup-lint
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
	  $(in_lint) check-jsonschema --quiet --schemafile services/profiles.schema.json \
	  services/profiles.yaml)

lint-compose: setup-dev
	@scripts/in-container dev \
	  sh -ec 'for file; do docker compose --file "$$file" config --quiet; done' lint $(filter %/docker-compose.yml,$(own_files))

# Reads build/dev's compile_commands.json; checks headers through the files that include them. The
# whole tree takes minutes; TIDY=sidecar/nats/client.cpp checks one file.
TIDY ?= $(filter %.cpp,$(cxx_files))
lint-tidy: build-dev ## Run clang-tidy; TIDY='FILE…' limits it to some files
	@scripts/in-container dev bash -c 'set -o pipefail; printf "%s\n" $(TIDY) | \
	  xargs -P "$$(nproc)" -n 1 clang-tidy --quiet -p build/dev \
	  2> >(grep -v "warnings generated\.$$" >&2)'
