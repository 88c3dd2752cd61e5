# shellcheck shell=bash
# The image arc-clients:dev: the platform's own Go clients as a test program (tests/clients), for
# the end-to-end tests, and the program itself, for the oracle tests. Built once in a container with
# Debian's Go; the machine needs none.

clients_hash() {
    (cd "$ARC_ROOT/tests/clients" && hash_of Dockerfile go.mod go.sum ./*.go -- "$(go_id)")
}

# The program's path.
clients_program() { echo "$ARC_STATE/clients-$(clients_hash)"; }

# Goal: clients.
setup_clients() {
    local image=arc-clients:dev hash
    setup_go
    hash=$(clients_hash)
    if image_is "$image" "$hash"; then
        say "clients: $image is there"
    else
        say "clients: building $image (a minute or two, once)"
        build_image "$image" "$hash" "$ARC_ROOT/tests/clients"
    fi
    [[ -x $(clients_program) ]] || take_from_image "$image" /clients "$(clients_program)"
}
