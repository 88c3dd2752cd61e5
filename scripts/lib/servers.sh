# shellcheck shell=bash
# The tests' toolchain with another server or other tools in it (docker/servers/Dockerfile).

# setup_server TARGET - builds arc-toolchain:TARGET when its inputs or the image below it have
# changed. The image below must exist.
setup_server() {
    local target=$1 image="arc-toolchain:$1" folder="$ARC_ROOT/docker/servers" below hash bundle options=()
    setup_go
    below=$(docker image inspect -f '{{.Id}}' "$(image_below "$target")")
    hash=$(cd "$folder" && hash_of Dockerfile -- "$target" "$below" "$(go_id)")
    if image_is "$image" "$hash"; then
        say "servers: $image is there"
        return 0
    fi
    say "servers: building $image (a minute, once)"
    bundle=$(host_ca_bundle)
    [[ -n $bundle ]] && options+=(--secret "id=ca,src=$bundle")
    build_image "$image" "$hash" --target "$target" --platform linux/amd64 "${options[@]}" "$folder"
}

# The image that the target's stage starts from.
image_below() { sed -n "s/^FROM \(.*\) AS $1\$/\1/p" "$ARC_ROOT/docker/servers/Dockerfile"; }
