# shellcheck shell=bash
# The base images of the service images. If a registry answers, these are upstream's, as pinned in
# the services' Dockerfiles; else images with real servers from packages (docker/bases/).
# .arc/bases.env records the choice, and scripts/with-bases exports it to a command.

# Goal: bases.
setup_bases() {
    local file="$ARC_STATE/bases.env"
    if [[ $(registry_mode) == upstream ]]; then
        say "bases: upstream's images, as the Dockerfiles name them"
        echo '# Upstream: the Dockerfiles'"'"' own defaults.' >"$file"
        return 0
    fi
    base_images
    printf 'ARC_%s_BASE=arc-base-%s:local\n' NATS nats PULSAR pulsar REDIS redis >"$file"
}

# Goal: bases-arm64. The same for linux/arm64, as arc-base-NAME:local-arm64, for a release tried on
# amd64. Their packages are installed under emulation; nothing is compiled. They stay for the next
# run.
setup_bases_arm64() {
    if [[ $(registry_mode) == upstream ]]; then
        say "bases: upstream's images have linux/arm64"
    elif bases_are_there arm64; then
        say 'bases: the images for linux/arm64 are there'
    else
        setup_toolchain dev
        with_emulation base_images arm64
    fi
}

bases_are_there() {
    local name
    for name in nats redis pulsar; do
        image_is "$(base_name "$name" "$1")" "$(base_hash "$name" "$1")" || return 1
    done
}

# base_images [ARCHITECTURE] - of this machine, or of another.
base_images() {
    base_build nats "${1:-}"
    base_build redis "${1:-}"
    base_build pulsar "${1:-}"
}

base_name() { echo "arc-base-$1:local${2:+-$2}"; }

# base_hash NAME [ARCHITECTURE] - the hash of all inputs.
base_hash() {
    local files=("$1.Dockerfile") texts=()
    [[ $1 != nats ]] || files+=(nats-server.conf)
    texts=("$(debian_image ${2:+"$2"})")
    [[ $1 != pulsar ]] || texts+=("${PULSAR_SHA256[$PULSAR_VERSION]}")
    (cd "$ARC_ROOT/docker/bases" && hash_of "${files[@]}" -- "${texts[@]}")
}

# base_build NAME [ARCHITECTURE]
base_build() {
    local name=$1 architecture=${2:-} image hash archive options=()
    image=$(base_name "$name" "$architecture")
    hash=$(base_hash "$name" "$architecture")
    if image_is "$image" "$hash"; then
        say "bases: $image is there"
        return 0
    fi
    setup_debian ${architecture:+"$architecture"}
    if [[ $name == pulsar ]]; then
        setup_pulsar_archive "$PULSAR_VERSION"
        archive=$(pulsar_archive "$PULSAR_VERSION")
        options+=(--build-context "archive=${archive%/*}" --build-arg "PULSAR_ARCHIVE=${archive##*/}")
    fi
    [[ -z $architecture ]] || options+=(--platform "linux/$architecture")
    say "bases: building $image"
    build_image "$image" "$hash" --build-arg "DEBIAN_IMAGE=$(debian_image ${architecture:+"$architecture"})" "${options[@]}" \
        -f "$ARC_ROOT/docker/bases/$name.Dockerfile" "$ARC_ROOT/docker/bases"
}
