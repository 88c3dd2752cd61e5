# `make help`, made from the comments: "##@ Heading" starts a group, "target: … ## text" is a line
# of it.
.PHONY: help

##@ General
help: ## this list
	@awk '/^##@/ { heading = substr($$0, 5) } \
	  /^[a-z0-9][a-z0-9. _-]*:.*## / { \
	    split($$0, line, /:.*## /); text = $$0; sub(/^.*## /, "", text); \
	    if (heading != "") { printf "\n%s\n", heading; heading = "" } \
	    printf "  %-20s %s\n", line[1], text }' $(MAKEFILE_LIST)
