# shellcheck shell=bash
# Waits until the services are healthy: runs `arc-sidecar wait` in each container, all at the same
# time. Prints a line for each stage of a service, and at the end a line for each service.

# After this many exits during the wait, a container counts as failed.
MOST_RESTARTS=3
# At most one `wait` per container: one left by an interrupted run soon ends by itself.
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

# follow CODENAME FILE - prints the stages; writes the result to FILE. Succeeds once healthy.
follow() {
    local codename=$1 file=$2 container seconds=${ARC_WAIT_TIMEOUT:-300} shown='' ended='' restarts slice
    container=$(container_of "$codename")
    restarts=$(restarts_of "$container")
    seconds=${seconds%s}
    while ((SECONDS < seconds)); do
        slice=$((seconds - SECONDS < WAIT_SLICE ? seconds - SECONDS : WAIT_SLICE))
        if one_slice "$container" "$slice"; then
            echo "$shown (after $SECONDS s)" >"$file"
            return 0
        fi
        will_not_come "$container" "$restarts" && ended=yes && break
    done
    {
        echo "$shown (not healthy after $SECONDS s: make $codename-logs shows more)"
        [[ -z $ended && $(state_of "$container") == running ]] || reasons "$container" | sed '1d; s/^/    /'
    } >"$file"
    return 1
}

# Prints each new headline of `wait` in the container; succeeds if it does.
one_slice() {
    local container=$1 slice=$2 line status=0
    while IFS= read -r line; do
        [[ $line =~ ^\ *[0-9.]+\ s\ \ (.*) ]] && show_stage "${BASH_REMATCH[1]}"
    done < <(docker exec "$container" "$SIDECAR" wait --timeout "${slice}s" 2>&1)
    wait $! || status=$?
    return "$status"
}

# `shown` belongs to follow: a stage that continues in the next slice is not printed again.
show_stage() {
    [[ $1 != "$shown" ]] || return 0
    shown=$1
    printf '%4d s  %s\n' "$SECONDS" "$1"
}

restarts_of() { about "$1" '{{.RestartCount}}' || echo 0; }

# If the container does not run, prints that, and succeeds if it will never become healthy: 78 and
# 64 are a configuration that a restart does not mend, 126 and 127 a missing server.
will_not_come() {
    local container=$1 before=$2 state code now
    state=$(state_of "$container")
    [[ $state != running ]] || return 1
    code=$(about "$container" '{{.State.ExitCode}}') || code=nothing
    show_stage "unhealthy: $container: ended with $code: $(reasons "$container" | head -n 1)"
    now=$(restarts_of "$container")
    if [[ $state == exited || $code =~ ^(nothing|64|78|126|127)$ ]] || ((now - before >= MOST_RESTARTS)); then
        return 0
    fi
    sleep 0.5
    return 1
}

# Why the last start failed, the cause first: preflight's findings if it refused the start, else the
# end of the log. Five lines at most.
reasons() {
    local log refused
    log=$(docker logs --since "$(about "$1" '{{.State.StartedAt}}')" "$1" 2>&1)
    # The engine may just have started it again: then the start before counts.
    if [[ -z $log || $(state_of "$1") == running ]]; then
        log=$(docker logs --tail 20 "$1" 2>&1)
    fi
    refused=$(sed -n 's/^arc-sidecar: preflight: //p' <<<"$log" | awk '!seen[$0]++' | head -n 5)
    if [[ -n $refused ]]; then
        echo "$refused"
    else
        grep . <<<"$log" | tail -n 5 | tac
    fi
}
