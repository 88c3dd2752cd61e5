# shellcheck shell=bash
# The image arc-clients:dev: the platform's own Go clients as a test program (tests/clients), for the
# end-to-end tests. Built once in a container with Debian's Go; the machine needs none.

# Goal: clients.
setup_clients() {
    local folder="$ARC_ROOT/tests/clients" image=arc-clients:dev hash bundle options=()
    hash=$(cd "$folder" && hash_of Dockerfile go.mod go.sum ./*.go -- "$(debian_image)")
    if image_is "$image" "$hash"; then
        say "clients: $image is there"
        return 0
    fi
    setup_debian
    say "clients: building $image (a minute or two, once)"
    bundle=$(host_ca_bundle)
    [[ -n $bundle ]] && options+=(--secret "id=ca,src=$bundle")
    [[ -n ${GOPROXY:-} ]] && options+=(--build-arg "GOPROXY=$GOPROXY")
    build_image "$image" "$hash" --build-arg "DEBIAN_IMAGE=$(debian_image)" "${options[@]}" "$folder"
}
