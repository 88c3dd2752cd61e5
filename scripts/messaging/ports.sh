# shellcheck shell=bash
# Ports of the host that somebody else holds, with the holder's name, before compose fails half-way.

# refuse_taken_ports CODENAME… - ends with a line for each port that is not free.
refuse_taken_ports() {
    local codename published taken=0
    for codename in "$@"; do
        for published in $(fact "$codename" port); do
            port_is_ours "$codename" "${published%:*}" && continue
            port_answers "${published%:*}" || continue
            say "port ${published%:*}: taken by $(port_holder "${published%:*}"): end it, or set $(port_variable "$codename" "${published#*:}") to another port"
            taken=1
        done
    done
    ((taken == 0)) || die 'ports: nothing was started'
}

# The container of this stack has it already.
port_is_ours() {
    docker container ls --filter "name=^/$(container_of "$1")\$" --filter "publish=$2" --quiet | grep -q .
}

port_answers() { (: <"/dev/tcp/127.0.0.1/$1") 2>/dev/null; }

port_holder() {
    local container
    container=$(docker container ls --filter "publish=$1" --format '{{.Names}}' | head -n 1)
    if [[ -n $container ]]; then
        echo "container $container"
    elif [[ -r /proc/net/tcp ]]; then
        process_holder "$1"
    else
        echo 'a process'
    fi
}

# By /proc alone, which a bare machine has: the listening socket's inode, then whose descriptor it
# is.
process_holder() {
    local inode link pid
    inode=$(awk -v port="$(printf '%04X' "$1")" '$4 == "0A" && $2 ~ ":" port "$" { print $10; exit }' /proc/net/tcp /proc/net/tcp6 2>/dev/null)
    [[ -n $inode ]] || { echo 'a process that is not visible from here' && return; }
    link=$(find /proc/[0-9]*/fd -lname "socket:\\[$inode\\]" -print -quit 2>/dev/null || true)
    [[ -n $link ]] || { echo 'a process of another user' && return; }
    pid=${link#/proc/}
    pid=${pid%%/*}
    echo "process $pid ($(<"/proc/$pid/comm"))"
}

# port_variable CODENAME CONTAINER_PORT - what sets it: in the service's own compose file.
port_variable() {
    sed -n "s/.*\${\\(ARC_[A-Z_]*\\):-[0-9]*}:$2\".*/\\1/p" "$ARC_ROOT/services/$(folder_of "$1")/docker-compose.yml"
}
