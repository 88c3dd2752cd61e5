# shellcheck shell=bash
# The tests' toolchain with something else in it: arc-toolchain:nats-current, :redis-7.0 and :valkey (tests/faults/Dockerfile) with another
# server, :bench (tests/bench/Dockerfile) with the usual tools.

# setup_server TARGET FOLDER - builds arc-toolchain:TARGET when its inputs or the toolchain below it have changed.
setup_server() {
    local target=$1 image="arc-toolchain:$1" folder="$ARC_ROOT/$2" below hash bundle options=(--platform linux/amd64)
    setup_toolchain dev
    below=$(docker image inspect -f '{{.Id}}' arc-toolchain:dev)
    hash=$(cd "$folder" && hash_of Dockerfile -- "$(debian_image)" "$below")
    if image_is "$image" "$hash"; then
        say "servers: $image is there"
        return 0
    fi
    say "servers: building $image (a minute, once)"
    bundle=$(host_ca_bundle)
    [[ -n $bundle ]] && options+=(--secret "id=ca,src=$bundle")
    [[ -n ${GOPROXY:-} ]] && options+=(--build-arg "GOPROXY=$GOPROXY")
    build_image "$image" "$hash" --target "$target" --build-arg "DEBIAN_IMAGE=$(debian_image)" "${options[@]}" "$folder"
}
