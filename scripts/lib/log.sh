# shellcheck shell=bash
# Log lines, and the exit on an error. Everything goes to stderr: stdout is for results.

# The first word of each line: the program.
SAY_AS="${SAY_AS:-setup}"

# say SUBJECT: TEXT - prints one line: a step that starts, or that is done.
say() { printf '%s: %s\n' "$SAY_AS" "$*" >&2; }

# die SUBJECT: CAUSE: REMEDY - prints one line, exits with 1.
die() {
    say "$*"
    exit 1
}

# quietly NAME COMMAND… - runs COMMAND with its output in $ARC_STATE/NAME.log.
# On failure it prints the end of that log and returns COMMAND's status.
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
