# shellcheck shell=bash
# A second engine beside the machine's: with its own data, state, socket and bridge, and no firewall
# rules, so it does not affect the machine's engine. Its containers have loopback only, or the
# host's network. Needs root, dockerd and ip. One at a time: the bridge's name and address are
# fixed.

# An engine without a bridge ("bridge": "none") deletes docker0 at its start, even another engine's.
# So it gets a bridge without an uplink.
OWN_BRIDGE=arc-own0
OWN_BRIDGE_ADDRESS=198.18.250.1/24 # from the range for network tests (RFC 2544)

# own_engine_start FOLDER - its socket is FOLDER/docker.sock.
own_engine_start() {
    local folder=$1 path="$ENGINE_HOME/usr/sbin:$ENGINE_HOME/usr/bin:/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"
    mkdir -p "$folder"
    own_engine_configuration "$folder" >"$folder/daemon.json"
    own_bridge_make
    PATH=$path setsid dockerd --config-file "$folder/daemon.json" >"$folder/log" 2>&1 </dev/null 8>&- &
    disown
    wait_until "$ENGINE_START_SECONDS" own_engine_answers "$folder" && return 0
    tail -n 25 "$folder/log" | sed 's/^/    /' >&2
    die "own engine: no answer within $ENGINE_START_SECONDS s"
}

# Registries on loopback may be insecure by default.
own_engine_configuration() {
    cat <<END
{ "data-root": "$1/data", "exec-root": "$1/exec", "pidfile": "$1/dockerd.pid", "hosts": ["unix://$1/docker.sock"],
  "bridge": "$OWN_BRIDGE", "iptables": false, "ip6tables": false, "ip-forward": false, "ip-masq": false }
END
}

own_bridge_make() {
    own_bridge_remove
    ip link add "$OWN_BRIDGE" type bridge || die "own engine: no bridge $OWN_BRIDGE"
    ip address add "$OWN_BRIDGE_ADDRESS" dev "$OWN_BRIDGE"
}

own_bridge_remove() { [[ ! -e /sys/class/net/$OWN_BRIDGE ]] || ip link delete "$OWN_BRIDGE"; }

own_engine_answers() { DOCKER_HOST="unix://$1/docker.sock" docker version >/dev/null 2>&1; }

# own_engine_stop FOLDER - stops it by its process id, with its containers, and removes its data.
own_engine_stop() {
    local pid containerd
    pid=$(cat "$1/dockerd.pid" 2>/dev/null || true)
    containerd=$(cat "$1/exec/containerd/containerd.pid" 2>/dev/null || true)
    if own_engine_is "$pid" "$1"; then
        kill -TERM "$pid"
        wait_until 90 process_gone "$pid" || kill -KILL "$pid"
    fi
    if is_process "$containerd" containerd; then
        wait_until 20 process_gone "$containerd" || true
    fi
    own_engine_end_rest "$1"
    own_bridge_remove
    own_engine_remove "$1"
}

# Processes left by an engine that crashed (containerd, a container's shim) have a path of its
# folder among their arguments.
own_engine_end_rest() {
    local process
    for process in /proc/[0-9]*; do
        if tr '\0' ' ' 2>/dev/null <"$process/cmdline" | grep -qF " $1/exec/"; then
            kill -KILL "${process#/proc/}" 2>/dev/null || true
        fi
    done
}

# A recorded pid may belong to another engine now.
own_engine_is() { is_process "$1" dockerd && tr '\0' ' ' <"/proc/$1/cmdline" | grep -qF " $2/daemon.json "; }

# Unmounts the leftovers of a stopped engine first, the deepest mount before its parent.
own_engine_remove() {
    local mounted
    while read -r mounted; do
        umount "$mounted" || umount --lazy "$mounted" || true
    done < <(awk -v folder="$1/" 'index($5, folder) == 1 { print $5 }' /proc/self/mountinfo | sort -r)
    rm -rf --one-file-system "$1"
}

# main_engine_facts - facts that a second engine must not change: the machine's engine, its
# settings, bridge and firewall rules. Containers and networks of others do not count.
main_engine_facts() {
    local name
    docker info --format 'engine {{.ID}} {{.ServerVersion}} {{.DockerRootDir}} {{.Driver}} {{json .DriverStatus}} {{json .RegistryConfig.InsecureRegistryCIDRs}}'
    docker network inspect --format 'network {{.Id}} {{.Created}} {{json .IPAM}} {{json .Options}}' bridge host none
    for name in /run/arc-engine/dockerd.pid /var/run/docker.pid; do
        [[ ! -r $name ]] || echo "process $(<"$name") $(awk '{ print $22 }' "/proc/$(<"$name")/stat" 2>/dev/null)"
    done
    for name in /sys/class/net/docker0/{ifindex,address,mtu} /proc/sys/net/ipv4/ip_forward; do
        [[ ! -r $name ]] || echo "$name $(<"$name")"
    done
    [[ ! -r /etc/docker/daemon.json ]] || sha256sum /etc/docker/daemon.json
    for name in iptables ip6tables; do
        has "$name" || continue
        { "$name" -S; "$name" -t nat -S; } 2>/dev/null | grep -vE -e '/(32|128) |br-[0-9a-f]{12}' | sed "s/^/$name /"
    done
}
