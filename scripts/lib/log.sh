# shellcheck shell=bash
# What the scripts say, and how they end. Everything goes to stderr: stdout is for answers.

# The first word of each line: who speaks.
SAY_AS="${SAY_AS:-setup}"

# say WHAT: TEXT - one line on a step: what it does, or that it is done.
say() { printf '%s: %s\n' "$SAY_AS" "$*" >&2; }

# die WHAT: WHY: WHAT TO DO - one line, exit 1.
die() {
    say "$*"
    exit 1
}

# quietly NAME COMMAND… - runs COMMAND with its output in $ARC_STATE/NAME.log.
# On failure prints the end of that log and gives COMMAND's status.
quietly() {
    local log="$ARC_STATE/$1.log" status=0
    shift
    "$@" >"$log" 2>&1 </dev/null || status=$?
    if ((status != 0)); then
        tail -n 25 "$log" | sed 's/^/    /' >&2
        say "failed with $status: $*: the whole output is in $log"
    fi
    return "$status"
}
