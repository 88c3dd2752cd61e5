# shellcheck shell=bash
# Waiting until the services are fit for work: the sidecar's own `wait` in each container, all at
# the same time, a line for each stage that one meets, at the end a line for each service.

# A container that ended this often while it was waited for will not come.
MOST_RESTARTS=3
# One `wait` in a container at most: what an interrupted run leaves there ends by itself soon.
WAIT_SLICE=20

check_wait_timeout() {
    [[ ${ARC_WAIT_TIMEOUT:-300} =~ ^[1-9][0-9]*s?$ ]] ||
        die "ARC_WAIT_TIMEOUT: '$ARC_WAIT_TIMEOUT' is not a number of seconds, such as 300"
}

wait_until_healthy() {
    local codename folder status=0 pids=()
    folder=$(mktemp -d)
    SECONDS=0
    for codename in "$@"; do
        follow "$codename" "$folder/$codename" &
        pids+=($!)
    done
    # shellcheck disable=SC2064 # these pids, now
    trap "kill ${pids[*]} 2>/dev/null || true; rm -rf '$folder'" EXIT
    for pid in "${pids[@]}"; do
        wait "$pid" || status=1
    done
    for codename in "$@"; do
        cat "$folder/$codename"
    done
    return "$status"
}

# follow CODENAME FILE - shows the stages; leaves the last word in FILE. Succeeds once healthy.
follow() {
    local codename=$1 file=$2 container seconds=${ARC_WAIT_TIMEOUT:-300} shown='' restarts slice
    container=$(container_of "$codename")
    restarts=$(restarts_of "$container")
    seconds=${seconds%s}
    while ((SECONDS < seconds)); do
        slice=$((seconds - SECONDS < WAIT_SLICE ? seconds - SECONDS : WAIT_SLICE))
        if one_slice "$container" "$slice"; then
            echo "$shown (after $SECONDS s)" >"$file"
            return 0
        fi
        will_not_come "$container" "$restarts" && break
    done
    echo "$shown (not healthy after $SECONDS s: make $codename-logs shows more)" >"$file"
    return 1
}

# Shows each new headline of `wait` in the container; succeeds when it does.
one_slice() {
    local container=$1 slice=$2 line status=0
    while IFS= read -r line; do
        [[ $line =~ ^\ *[0-9.]+\ s\ \ (.*) ]] && show_stage "${BASH_REMATCH[1]}"
    done < <(docker exec "$container" "$SIDECAR" wait --timeout "${slice}s" 2>&1)
    wait $! || status=$?
    return "$status"
}

# `shown` belongs to follow: a stage that goes on in the next slice is no news.
show_stage() {
    [[ $1 != "$shown" ]] || return 0
    shown=$1
    printf '%4d s  %s\n' "$SECONDS" "$1"
}

restarts_of() { about "$1" '{{.RestartCount}}' || echo 0; }

# Where the container does not run: says so, and succeeds when waiting longer is of no use. 78 and
# 64 are a configuration that no restart mends, 126 and 127 a server that is not there.
will_not_come() {
    local container=$1 before=$2 state code now
    state=$(state_of "$container")
    [[ $state != running ]] || return 1
    code=$(about "$container" '{{.State.ExitCode}}') || code=nothing
    show_stage "unhealthy: $container: ended with $code: $(last_words "$container")"
    now=$(restarts_of "$container")
    if [[ $state == exited || $code =~ ^(nothing|64|78|126|127)$ ]] || ((now - before >= MOST_RESTARTS)); then
        return 0
    fi
    sleep 0.5
    return 1
}

last_words() { docker logs --tail 1 "$1" 2>&1 | cut -c1-160; }
