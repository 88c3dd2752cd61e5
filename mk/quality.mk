# Format and lint, with the tools of arc-toolchain:dev.
.PHONY: fmt lint lint-format lint-tidy lint-shell

cxx_files = $(shell git ls-files --cached --others --exclude-standard -- '*.cpp' '*.hpp')
shell_files = $(shell git ls-files --cached --others --exclude-standard -- '*.sh' | cat) \
  $(shell git grep -lE --untracked '^\#!/(usr/bin/env bash|bin/(ba)?sh)' -- scripts docker compose services tests .ci)

##@ Quality
fmt: setup-dev ## format the C++ files in place
	@scripts/in-container dev clang-format -i $(cxx_files)

lint: lint-format lint-shell lint-tidy ## format, shellcheck, clang-tidy

lint-format: setup-dev
	@scripts/in-container dev clang-format --dry-run -Werror $(cxx_files)

lint-shell: setup-dev
	@scripts/in-container dev shellcheck -x $(sort $(shell_files))

# Needs build/dev's compile_commands.json; headers are checked where they are included. Minutes for the
# whole tree: TIDY=sidecar/nats/client.cpp names what to look at.
TIDY ?= $(filter %.cpp,$(cxx_files))
lint-tidy: dev
	@scripts/in-container dev bash -c 'set -o pipefail; printf "%s\n" $(TIDY) | \
	  xargs -P "$$(nproc)" -n 1 clang-tidy --quiet -p build/dev \
	  2> >(grep -v "warnings generated\.$$" >&2)'
