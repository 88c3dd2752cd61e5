# shellcheck shell=bash
# The image arc-go:local (docker/go), which builds everything made of Go modules.

GO_IMAGE=arc-go:local

# setup_go - builds it if its inputs, this machine's authorities or its module proxy have changed.
setup_go() { locked go make_go; }

make_go() {
    local folder="$ARC_ROOT/docker/go" hash bundle options=()
    bundle=$(host_ca_bundle)
    hash=$(hash_of "$folder/Dockerfile" ${bundle:+"$bundle"} -- "$(debian_image)" "${GOPROXY:-}")
    image_is "$GO_IMAGE" "$hash" && return 0
    setup_debian
    say "go: building $GO_IMAGE (half a minute, once)"
    [[ -n $bundle ]] && options+=(--secret "id=ca,src=$bundle")
    [[ -n ${GOPROXY:-} ]] && options+=(--build-arg "GOPROXY=$GOPROXY")
    build_image "$GO_IMAGE" "$hash" --build-arg "DEBIAN_IMAGE=$(debian_image)" "${options[@]}" "$folder"
}

# go_id - its identity, an input of the images built with it.
go_id() { docker image inspect -f '{{.Id}}' "$GO_IMAGE"; }
