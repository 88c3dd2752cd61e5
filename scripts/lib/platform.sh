# shellcheck shell=bash
# Facts about this machine, and about the user's rights on it.

has() { command -v "$1" >/dev/null 2>&1; }

is_root() { [[ ${EUID:-$(id -u)} -eq 0 ]]; }

# The Debian release's number (12, 13), or nothing on another system.
# Reads $ARC_OS_RELEASE instead of /etc/os-release in tests.
debian_release() {
    local file="${ARC_OS_RELEASE:-/etc/os-release}"
    [[ -r $file ]] || return 0
    (
        # shellcheck source=/dev/null
        . "$file"
        [[ ${ID:-} == debian ]] && printf '%s\n' "${VERSION_ID:-}"
    ) || true
}

# Succeeds if packages can be installed: as root on Debian 12 or 13.
can_install() {
    local release
    release=$(debian_release)
    is_root && [[ $release == 12 || $release == 13 ]]
}

# The reason why not, for messages.
why_not_install() {
    local release
    release=$(debian_release)
    if [[ $release != 12 && $release != 13 ]]; then
        echo 'this system is not Debian 12 or 13'
    else
        echo 'you are not root'
    fi
}

# Prints the path of the machine's bundle of trusted authorities, or nothing.
host_ca_bundle() {
    local file
    for file in "${SSL_CERT_FILE:-}" /etc/ssl/certs/ca-certificates.crt /etc/pki/tls/certs/ca-bundle.crt /etc/ssl/cert.pem; do
        if [[ -n $file && -r $file ]]; then
            echo "$file"
            return
        fi
    done
}

has_systemd() { [[ -d /run/systemd/system ]]; }

# is_process PID NAME - PID is alive and is called NAME. A recorded pid may belong to
# another process now: /run survives a reboot on some machines.
is_process() {
    [[ $1 =~ ^[0-9]+$ && -r /proc/$1/comm && $(<"/proc/$1/comm") == "$2" ]]
}

# wait_until SECONDS COMMAND… - polls five times a second, fails at the deadline.
wait_until() {
    local end=$((SECONDS + $1))
    shift
    until "$@"; do
        ((SECONDS < end)) || return 1
        sleep 0.2
    done
}
