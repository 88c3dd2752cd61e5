# shellcheck shell=bash
# The image arc-clients:dev: the platform's own Go clients as a test program (tests/clients), for
# the end-to-end tests. Built once in a container with Debian's Go; the machine needs none.

# Goal: clients.
setup_clients() {
    local folder="$ARC_ROOT/tests/clients" image=arc-clients:dev hash
    setup_go
    hash=$(cd "$folder" && hash_of Dockerfile go.mod go.sum ./*.go -- "$(go_id)")
    if image_is "$image" "$hash"; then
        say "clients: $image is there"
        return 0
    fi
    say "clients: building $image (a minute or two, once)"
    build_image "$image" "$hash" "$folder"
}
