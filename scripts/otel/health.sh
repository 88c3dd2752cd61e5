# shellcheck shell=bash
# The collector's health, read from its published ports: it has no shell and no client inside. Its
# own health check says ok even if it scrapes nothing and exports nothing, so the list of targets
# and its own metrics are read, too.

collector_answers() { ask 13133 / >/dev/null; }

# ask CONTAINER_PORT PATH - the body of a 200; fails for anything else, after 5 s at most.
ask() {
    local port answer
    port=$(fact friday port | sed -n "s/:$1\$//p")
    # shellcheck disable=SC2016 # for the inner shell
    answer=$(timeout 5 bash -c 'exec 3<>"/dev/tcp/127.0.0.1/$1" &&
        printf "GET %s HTTP/1.0\r\nHost: 127.0.0.1\r\n\r\n" "$2" >&3 && cat <&3' ask "$port" "$2" 2>/dev/null) || return 1
    [[ ${answer%%$'\r'*} == *' 200 '* ]] && printf '%s\n' "${answer#*$'\r\n\r\n'}"
}

# Prints one line, and one for each target that does not answer. Fails if telemetry does not flow.
otel_health() {
    local container state targets
    container=$(container_of friday)
    state=$(state_of "$container")
    [[ $state == running ]] || { echo "unhealthy: $container: $state: start it with make otel-up" && return 1; }
    collector_answers || { echo "unhealthy: $container: runs and does not answer: make otel-logs shows more" && return 1; }
    targets=$(ask 9090 /api/v1/targets) || { echo "unhealthy: $container: does not list its targets: make otel-logs shows more" && return 1; }
    targets=$(target_lines <<<"$targets") || { echo "starting: $container: scrapes nothing yet" && return 1; }
    ask 8888 /metrics >/dev/null || { echo "unhealthy: $container: does not report its exports" && return 1; }
    report_flow "$container" "$targets"
}

# Prometheus's list of targets as lines: HEALTH URL ERROR. Fails if there is none.
target_lines() {
    awk -v RS='"discoveredLabels"' 'match($0, /"scrapeUrl":"[^"]*"/) {
        url = substr($0, RSTART + 13, RLENGTH - 14)
        match($0, /"health":"[^"]*"/); health = substr($0, RSTART + 10, RLENGTH - 11)
        error = $0; sub(/.*"lastError":"/, "", error); sub(/","lastScrape".*/, "", error); gsub(/\\"/, "\"", error)
        sub(/^Get "[^"]*": /, "", error)
        print health, url, error; found = 1 } END { exit !found }' | sort -k2
}

# report_flow CONTAINER TARGET_LINES
report_flow() {
    local container=$1 targets=$2 all up unknown waiting level=ok sent
    all=$(wc -l <<<"$targets")
    up=$(grep -c '^up ' <<<"$targets" || true)
    unknown=$(grep -c '^unknown ' <<<"$targets" || true)
    waiting=$(waiting_requests)
    ((up + unknown == all)) || level=degraded
    ((unknown == 0)) || level=starting
    ((waiting == 0)) || level=unhealthy
    sent=$(destination "$container" "$waiting")
    echo "$level: $container: $up of $all targets answer; $sent$(losses)"
    awk '$1 == "down" { $1 = ""; print "  down   " $0 } $1 == "unknown" { print "  not asked yet " $2 }' <<<"$targets"
    [[ $level == ok || $level == degraded ]]
}

# destination CONTAINER WAITING - the export's destination, and whether it accepts data.
destination() {
    local endpoint
    if about "$1" '{{.Config.Cmd}}' | grep -q standalone; then
        echo 'exports to its log (standalone)'
        return
    fi
    endpoint=$(about "$1" '{{range .Config.Env}}{{println .}}{{end}}' | sed -n 's/^ARC_OTEL_EXPORT_ENDPOINT=//p')
    if (($2 == 0)); then
        echo "nothing queued for $endpoint"
    else
        echo "$endpoint accepts no data, $2 requests queued: start it, or set ARC_OTEL_MODE=standalone"
    fi
}

# Requests that wait for more than 3 s: one in flight is normal.
waiting_requests() {
    local try waiting=0
    for try in 1 2 3 4 5 6; do
        waiting=$(own_metric '^otelcol_exporter_queue_size')
        ((waiting > 0)) || break
        ((try == 6)) || sleep 0.6
    done
    echo "$waiting"
}

# Data dropped since its start: not accepted for five minutes, a full queue, or no memory for
# scraped data.
losses() {
    local lost
    lost=$(own_metric '^otelcol_(exporter_(send|enqueue)_failed_|receiver_refused_metric_points)')
    ((lost == 0)) || echo "; $lost spans, log records and metric points lost since its start"
}

# own_metric PATTERN - the sum of its own series that match.
own_metric() { ask 8888 /metrics | awk -v pattern="$1" '$0 ~ pattern { sum += $NF } END { printf "%d\n", sum }'; }
