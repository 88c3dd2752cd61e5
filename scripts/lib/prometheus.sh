# shellcheck shell=bash
# The image arc-toolchain:prometheus (docker/prometheus): the dev toolchain with Prometheus,
# promtool and the usual exporter of Redis.

PROMETHEUS_FILES=(prometheus/Dockerfile prometheus/packages.lock check-lock)

# Goal: prometheus. Builds it if its inputs or the toolchain below it have changed.
setup_prometheus() { locked prometheus make_prometheus; }

make_prometheus() {
    local image=arc-toolchain:prometheus hash
    setup_toolchain dev
    hash=$(cd "$ARC_ROOT/docker" && hash_of "${PROMETHEUS_FILES[@]}" -- "$(docker image inspect -f '{{.Id}}' arc-toolchain:dev)" "${ARC_LOCK:-warn}")
    if image_is "$image" "$hash"; then
        say "prometheus: $image is there"
        return 0
    fi
    say "prometheus: building $image (half a minute)"
    prometheus_build "$image" "$hash"
}

# prometheus_build IMAGE HASH DOCKER_BUILD_ARGUMENT…
prometheus_build() {
    local image=$1 hash=$2
    shift 2
    build_image "$image" "$hash" --platform linux/amd64 --build-arg "DEBIAN_IMAGE=$(debian_image)" \
        --build-arg "ARC_LOCK=${ARC_LOCK:-warn}" "$@" -f "$ARC_ROOT/docker/prometheus/Dockerfile" "$ARC_ROOT/docker"
}

# Writes the package list of docker/prometheus from the stage that installs packages.
setup_prometheus_lock() {
    prometheus_build arc-packages:prometheus lock --target packages
    write_lock "$ARC_ROOT/docker/prometheus/packages.lock" 'the image with Prometheus' arc-packages prometheus
    docker image rm arc-packages:prometheus >/dev/null
    setup_prometheus
}
