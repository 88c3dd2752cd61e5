# shellcheck shell=bash
# Docker Engine 25 or newer with Compose and buildx. An engine that answers is used unchanged. Else,
# as root on Debian 12 or 13, Debian 13's engine is installed and started.
#
# Debian 12's own engine (20.10) is too old for `start_interval` and for Compose's `include`, so
# there Debian 13's packages are unpacked into a folder of their own, beside Debian 12's runc (the
# newer one needs a newer libc) and iptables.

ENGINE_MINIMUM=25
ENGINE_HOME=/opt/arc-engine
ENGINE_RUN=/run/arc-engine
ENGINE_LOG=/var/log/arc-engine.log
ENGINE_PLUGINS=/usr/local/lib/docker/cli-plugins
ENGINE_START_SECONDS=60

# Prints the engine's version, or nothing if none answers.
engine_version() { docker version --format '{{.Server.Version}}' 2>/dev/null || true; }

engine_answers() { [[ -n $(engine_version) ]]; }

# Goal: engine.
setup_engine() {
    local version
    version=$(engine_version)
    if [[ -z $version ]]; then
        engine_install
        engine_answers || engine_start
        version=$(engine_version)
    fi
    if ((${version%%.*} < ENGINE_MINIMUM)); then
        die "docker engine: $version runs, $ENGINE_MINIMUM or newer is needed: upgrade it, or stop it and run this again"
    fi
    engine_plugins
    say "docker engine: $version answers"
}

engine_install() {
    can_install || engine_explain
    case $(debian_release) in
        13) apt_install docker.io docker-cli docker-compose docker-buildx iptables ca-certificates ;;
        12) engine_unpack ;;
    esac
    engine_client
    has docker || die "docker engine: its client is not on the PATH after installing: look at $ENGINE_HOME"
}

# For interactive use: our own scripts find it in $ENGINE_HOME.
engine_client() {
    local client="$ENGINE_HOME/usr/bin/docker"
    [[ -x $client && ! -e /usr/local/bin/docker && ! -e /usr/bin/docker ]] || return 0
    say "docker engine: linking its client as /usr/local/bin/docker"
    mkdir -p /usr/local/bin && ln -s "$client" /usr/local/bin/docker
}

# Prints what is missing and how to get it, and exits.
engine_explain() {
    local reason
    reason=$(why_not_install)
    if has docker && [[ -S /var/run/docker.sock && ! -w /var/run/docker.sock ]]; then
        die "docker engine: no permission for its socket: become a member of the group docker (usermod -aG docker $(id -un), then log in again)"
    fi
    say "docker engine: no answer, and it cannot be installed: $reason"
    die "docker engine: install Docker Engine $ENGINE_MINIMUM or newer with the Compose and buildx plugins (Docker Desktop has them all), start it, and run this again"
}

# Debian 12: Debian 13's engine in a folder of its own.
engine_unpack() {
    local packages=(docker.io containerd docker-cli docker-compose docker-buildx tini) file
    apt_install runc iptables ca-certificates
    [[ -x $ENGINE_HOME/usr/sbin/dockerd ]] && return 0
    apt_update trixie
    say "docker engine: unpacking Debian 13's into $ENGINE_HOME"
    rm -rf "$ENGINE_HOME.part" && mkdir -p "$ENGINE_HOME.part/archives"
    (cd "$ENGINE_HOME.part/archives" && quietly engine-download apt_of trixie download "${packages[@]}") ||
        die "docker engine: Debian 13's packages could not be fetched: see above"
    for file in "$ENGINE_HOME.part"/archives/*.deb; do
        dpkg -x "$file" "$ENGINE_HOME.part"
    done
    rm -rf "$ENGINE_HOME.part/archives" "$ENGINE_HOME.part/usr/share/doc"
    rm -rf "$ENGINE_HOME" && mv "$ENGINE_HOME.part" "$ENGINE_HOME"
}

# Starts the engine: with systemd if it runs the system's package, else directly.
engine_start() {
    is_root || engine_explain
    if has_systemd && [[ ! -x $ENGINE_HOME/usr/sbin/dockerd ]]; then
        say 'docker engine: starting docker.service'
        systemctl start docker.service || die 'docker engine: does not start: see journalctl -u docker.service'
    elif is_process "$(cat /var/run/docker.pid 2>/dev/null)" dockerd; then
        say 'docker engine: waiting for the one that is starting'
    else
        engine_start_by_hand
    fi
    wait_until "$ENGINE_START_SECONDS" engine_answers && return 0
    tail -n 25 "$ENGINE_LOG" | sed 's/^/    /' >&2
    die "docker engine: no answer within $ENGINE_START_SECONDS s: its log is $ENGINE_LOG"
}

# In a session of its own, so that the terminal's end and Ctrl-C do not stop it; without our
# descriptors, or the engine would hold our locks.
engine_start_by_hand() {
    local path="$ENGINE_HOME/usr/sbin:$ENGINE_HOME/usr/bin:/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"
    mkdir -p "$ENGINE_RUN"
    engine_forget_stale
    say "docker engine: starting $(PATH=$path dockerd --version | awk '{ sub(",", "", $3); print $3 }'), log in $ENGINE_LOG"
    (PATH=$path without_locks setsid dockerd --pidfile "$ENGINE_RUN/dockerd.pid") >"$ENGINE_LOG" 2>&1 </dev/null &
    disown
}

# After a crash of the machine, pid files name dead or other processes. The engine trusts
# containerd's pid file: it would wait for another process and give up.
engine_forget_stale() {
    _forget_unless dockerd "$ENGINE_RUN/dockerd.pid"
    _forget_unless containerd /var/run/docker/containerd/containerd.pid
}

_forget_unless() {
    [[ -f $2 ]] || return 0
    is_process "$(<"$2")" "$1" || rm -f "$2"
}

# Goal: engine-stop. Stops only the engine of engine_start_by_hand, by its recorded pid.
setup_engine_stop() {
    local pidfile="$ENGINE_RUN/dockerd.pid" pid containerd
    pid=$(cat "$pidfile" 2>/dev/null || true)
    containerd=$(cat /var/run/docker/containerd/containerd.pid 2>/dev/null || true)
    if ! is_process "$pid" dockerd; then
        say 'docker engine: not started by this project, or ended already: nothing to stop'
        return 0
    fi
    is_root || die "docker engine: pid $pid is root's: become root to stop it"
    engine_forget_tests
    say "docker engine: stopping (pid $pid)"
    kill -TERM "$pid"
    # It stops its containers first, each within its stop timeout.
    wait_until 90 process_gone "$pid" || die "docker engine: pid $pid does not end: see $ENGINE_LOG"
    if is_process "$containerd" containerd; then
        kill -TERM "$containerd"
        wait_until 20 process_gone "$containerd" || die "docker engine: containerd, pid $containerd, does not end"
    fi
    rm -f "$pidfile"
}

# Containers of interrupted tests (names: tests/support/stack.py) have a restart policy: they would
# start again with the engine.
engine_forget_tests() {
    local left
    left=$(docker ps --all --quiet --filter 'name=^/e2e[0-9]+x[0-9a-f]{4}' 2>/dev/null || true)
    [[ -n $left ]] || return 0
    say 'docker engine: removing the containers of interrupted tests'
    # shellcheck disable=SC2086 # a list
    docker rm --force --volumes $left >/dev/null || true
}

process_gone() { [[ ! -d /proc/$1 || $(awk '$1 == "State:" { print $2 }' "/proc/$1/status" 2>/dev/null) == Z ]]; }

engine_has_plugins() {
    docker compose version >/dev/null 2>&1 && docker buildx version >/dev/null 2>&1
}

# The `docker` on the PATH can be another one than the unpacked one, and searches system folders for
# plugins.
engine_plugins() {
    engine_has_plugins && return 0
    can_install || die "docker engine: the Compose or buildx plugin is missing: install docker-compose-plugin and docker-buildx-plugin (docker-compose and docker-buildx on Debian)"
    [[ $(debian_release) == 12 ]] && engine_unpack
    [[ $(debian_release) == 13 ]] && apt_install docker-compose docker-buildx
    local plugin source
    for plugin in docker-compose docker-buildx; do
        source="$ENGINE_HOME/usr/libexec/docker/cli-plugins/$plugin"
        [[ -x $source ]] || source="/usr/libexec/docker/cli-plugins/$plugin"
        docker "${plugin#docker-}" version >/dev/null 2>&1 && continue
        say "docker engine: linking the plugin $plugin in $ENGINE_PLUGINS"
        mkdir -p "$ENGINE_PLUGINS" && ln -sfn "$source" "$ENGINE_PLUGINS/$plugin"
    done
    engine_has_plugins || die "docker engine: Compose or buildx does not start: try 'docker compose version'"
}
