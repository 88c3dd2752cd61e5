# shellcheck shell=bash
# The images that the service images are built on. Where a registry answers these are upstream's, as
# pinned in the services' Dockerfiles. Else real servers from packages (compose/bases/). Which of
# them is written to .arc/bases.env, which scripts/with-bases puts into a command's environment.

# Goal: bases.
setup_bases() {
    local file="$ARC_STATE/bases.env"
    if [[ $(registry_mode) == upstream ]]; then
        say "bases: upstream's images, as the Dockerfiles name them"
        echo '# Upstream: the Dockerfiles'"'"' own defaults.' >"$file"
        return 0
    fi
    base_image nats nats-server.conf
    base_image redis
    base_pulsar
    printf 'ARC_%s_BASE=arc-base-%s:local\n' NATS nats PULSAR pulsar REDIS redis >"$file"
}

# base_image NAME FILE… - builds arc-base-NAME:local from compose/bases/NAME.Dockerfile and FILEs.
base_image() {
    local name=$1 image="arc-base-$1:local" hash
    shift
    hash=$(cd "$ARC_ROOT/compose/bases" && hash_of "$name.Dockerfile" "$@" -- "$(debian_image)")
    base_build "$name" "$image" "$hash"
}

base_pulsar() {
    local image=arc-base-pulsar:local hash archive
    archive=$(pulsar_archive "$PULSAR_VERSION")
    hash=$(cd "$ARC_ROOT/compose/bases" && hash_of pulsar.Dockerfile -- "$(debian_image)" "${PULSAR_SHA256[$PULSAR_VERSION]}")
    image_is "$image" "$hash" || setup_pulsar_archive "$PULSAR_VERSION"
    base_build pulsar "$image" "$hash" --build-context "archive=${archive%/*}" \
        --build-arg "PULSAR_ARCHIVE=${archive##*/}"
}

# base_build NAME IMAGE HASH DOCKER_BUILD_ARGUMENT…
base_build() {
    local name=$1 image=$2 hash=$3
    shift 3
    if image_is "$image" "$hash"; then
        say "bases: $image is there"
        return 0
    fi
    setup_debian
    say "bases: building $image"
    build_image "$image" "$hash" --build-arg "DEBIAN_IMAGE=$(debian_image)" "$@" \
        -f "$ARC_ROOT/compose/bases/$name.Dockerfile" "$ARC_ROOT/compose/bases"
}
