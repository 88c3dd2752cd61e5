# shellcheck shell=bash
# Set-ups that run side by side: the same thing is made by one of them while the others wait. What
# is needed by several (the Debian image, the Go image, a toolchain) takes its lock where it is
# made; locks are taken from what is built to what it is built on, never back.

# The descriptors of the locks that this process holds: a process that outlives it must not have
# them.
LOCK_DESCRIPTORS=()

# locked NAME COMMAND… - runs COMMAND, alone of its NAME in this tree.
locked() {
    local name=$1 descriptor
    shift
    exec {descriptor}>"$ARC_STATE/lock.$name"
    if ! flock -n "$descriptor"; then
        say "$name: waiting for another set-up of it"
        flock "$descriptor"
    fi
    LOCK_DESCRIPTORS+=("$descriptor")
    "$@"
    unset 'LOCK_DESCRIPTORS[-1]'
    exec {descriptor}>&-
}

# without_locks COMMAND… - becomes COMMAND; for a subshell.
without_locks() {
    local descriptor
    for descriptor in "${LOCK_DESCRIPTORS[@]}"; do exec {descriptor}>&-; done
    exec "$@"
}
