# shellcheck shell=bash
# The OpenTelemetry collector, the base of arc-friday-collector: upstream's image if a registry
# answers, else the same version built from its Go modules (docker/bases/collector.*). It is
# separate from the other bases, because it takes minutes and `make messaging-up` does not need it.
# .arc/collector.env records the choice for scripts/with-bases.

# Goal: collector.
setup_collector() {
    local folder="$ARC_ROOT/docker/bases" image=arc-base-collector:local hash
    if [[ $(registry_mode) == upstream ]]; then
        say "collector: upstream's image, as the Dockerfile names it"
        : >"$ARC_STATE/collector.env"
        return 0
    fi
    echo "ARC_COLLECTOR_BASE=$image" >"$ARC_STATE/collector.env"
    setup_go
    hash=$(cd "$folder" && hash_of collector.Dockerfile collector.yaml -- "$(go_id)")
    if image_is "$image" "$hash"; then
        say "collector: $image is there"
        return 0
    fi
    say "collector: building $image from its modules (6 minutes of one core, once)"
    build_image "$image" "$hash" -f "$folder/collector.Dockerfile" "$folder"
}
