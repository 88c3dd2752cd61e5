# shellcheck shell=bash
# The images arc-tools:lint, :release, :builder and :scanner (docker/tools): pinned tools that
# Debian 13 does not have.

# setup_tools TARGET - builds arc-tools:TARGET when its inputs have changed.
setup_tools() {
    local target=$1 image="arc-tools:$1" folder="$ARC_ROOT/docker/tools" hash bundle options=(--platform linux/amd64)
    setup_go
    hash=$(cd "$folder" && hash_of Dockerfile requirements.txt made-up-database/main.go -- "$(debian_image)" "$(go_id)")
    if image_is "$image" "$hash"; then
        say "tools: $image is there"
        return 0
    fi
    setup_debian
    say "tools: building $image (minutes, once)"
    bundle=$(host_ca_bundle)
    [[ -n $bundle ]] && options+=(--secret "id=ca,src=$bundle")
    build_image "$image" "$hash" --target "$target" --build-arg "DEBIAN_IMAGE=$(debian_image)" "${options[@]}" "$folder"
}
