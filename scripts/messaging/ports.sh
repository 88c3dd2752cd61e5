# shellcheck shell=bash
# Finds host ports that are in use, and names the holder, before compose fails half-way.

# refuse_taken_ports CODENAME… - prints a line for each port in use, and exits if there is one.
refuse_taken_ports() {
    local codename published taken=0
    for codename in "$@"; do
        for published in $(fact "$codename" port); do
            port_is_ours "$codename" "${published%:*}" && continue
            port_answers "${published%:*}" || continue
            say "port ${published%:*}: in use by $(port_holder "${published%:*}"): stop it, or set $(port_variable "$codename" "${published#*:}") to another port"
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

# Reads /proc only, without other tools: the listening socket's inode, then the process that holds
# it.
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

# port_variable CODENAME CONTAINER_PORT - the variable for it in the service's compose file.
port_variable() {
    sed -n "s/.*\${\\(ARC_[A-Z_]*\\):-[0-9]*}:$2\".*/\\1/p" "$ARC_ROOT/services/$(folder_of "$1")/docker-compose.yml"
}
