# `make help` prints these comments: "##@ Heading" starts a group, which several files can add to;
# "target: … ## text" is a line of it.
.PHONY: help

##@ General
help: ## List the targets
	@awk '/^##@ / { heading = substr($$0, 5); if (!seen[heading]++) order[++count] = heading } \
	  /^[a-z0-9][a-z0-9._-]*:.* ## / { \
	    target = text = $$0; sub(/:.*/, "", target); sub(/^.* ## /, "", text); \
	    lines[heading] = lines[heading] sprintf("  %-17s  %s\n", target, text) } \
	  END { for (i = 1; i <= count; i++) \
	    printf "%s%s\n%s", (i > 1 ? "\n" : ""), order[i], lines[order[i]] }' \
	  $(MAKEFILE_LIST)
