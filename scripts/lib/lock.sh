# shellcheck shell=bash
# Locks for parallel set-ups: one of them makes a thing, the others wait for it. A thing that
# several need (the Debian image, the Go image, a toolchain) takes its lock where it is made. Locks
# are taken from an image down to the images below it, never the other way.

# The descriptors of this process's locks. A process that outlives it must not inherit them.
LOCK_DESCRIPTORS=()

# locked NAME COMMAND… - runs COMMAND while no other command of NAME runs in this tree.
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

# without_locks COMMAND… - closes the locks and executes COMMAND; for a subshell.
without_locks() {
    local descriptor
    for descriptor in "${LOCK_DESCRIPTORS[@]}"; do exec {descriptor}>&-; done
    exec "$@"
}
