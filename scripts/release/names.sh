# shellcheck shell=bash
# Names of images, tags and versions. Sourced.

# shellcheck disable=SC2034 # for those who source this
IMAGES=(arc-messaging arc-streaming arc-cache arc-sidecar)

# A container registry accepts lower case only; an organisation's name may have capitals.
# image_prefix REGISTRY OWNER - REGISTRY/owner
image_prefix() { printf '%s/%s\n' "$1" "${2,,}"; }

# version_of TAG - X.Y.Z of messaging/vX.Y.Z; prints an error and fails on everything else.
version_of() {
    local number='(0|[1-9][0-9]*)'
    if [[ $1 =~ ^messaging/v($number\.$number\.$number)$ ]]; then
        echo "${BASH_REMATCH[1]}"
        return
    fi
    echo "release: '$1' is no tag of a release: it must be messaging/vX.Y.Z, three numbers without leading zeros" >&2
    return 1
}

image_tag() { echo "messaging-v$1"; }

project_version() { sed -n 's/^project(.* VERSION \([0-9.]*\) .*/\1/p' "$1/CMakeLists.txt"; }
