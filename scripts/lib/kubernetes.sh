# shellcheck shell=bash
# What `make kubernetes` needs (docker/kubernetes): Kubernetes and CoreDNS, built once from their Go
# modules into the cache folder, the image that the nodes run in, and the pods' sandbox image.

KUBERNETES_VERSION=1.37.2
COREDNS_VERSION=1.12.4
KUBERNETES_SOURCES=(build kube/main.go dns/main.go)

kubernetes_hash() {
    (cd "$ARC_ROOT/docker/kubernetes" && hash_of "${KUBERNETES_SOURCES[@]}" -- "$KUBERNETES_VERSION" "$COREDNS_VERSION")
}

# The folder of the programs.
kubernetes_home() { echo "$ARC_CACHE_DIR/kubernetes-$KUBERNETES_VERSION-$(kubernetes_hash)"; }

# Goal: kubernetes.
setup_kubernetes() {
    setup_go
    setup_toolchain dev
    make_kubernetes_image nodes arc-toolchain:kubernetes
    make_kubernetes_image pause arc-pause:local
    make_kubernetes_programs
}

# make_kubernetes_image TARGET IMAGE
make_kubernetes_image() {
    local folder="$ARC_ROOT/docker/kubernetes" hash
    hash=$(cd "$folder" && hash_of Dockerfile pause.c -- "$1" "$(docker image inspect -f '{{.Id}}' arc-toolchain:dev)")
    image_is "$2" "$hash" && return 0
    say "kubernetes: building $2 (half a minute, once)"
    build_image "$2" "$hash" --target "$1" "$folder"
}

# Modules and the compiler's cache (8 GB) are in a container that is removed. An older version's
# programs are removed, too.
make_kubernetes_programs() {
    local home part
    home=$(kubernetes_home)
    part="$home.part"
    [[ -x $home/kube && -x $home/coredns ]] && return 0
    say "kubernetes: building $KUBERNETES_VERSION from its Go modules (15 minutes of two cores, once)"
    rm -rf "$ARC_CACHE_DIR"/kubernetes-*
    mkdir -p "$part"
    quietly kubernetes docker run --rm -v "$ARC_ROOT/docker/kubernetes:/source:ro" -v "$part:/out" \
        "$GO_IMAGE" nice /source/build "$KUBERNETES_VERSION" "$COREDNS_VERSION" ||
        die 'kubernetes: could not be built: see above'
    mv "$part" "$home"
}
