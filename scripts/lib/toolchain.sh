# shellcheck shell=bash
# The images arc-toolchain:amd64, :arm64 and :dev (docker/toolchain.Dockerfile).

TOOLCHAIN_FILES=(toolchain.Dockerfile build-curl fetch-curl check-lock packages.lock)

# setup_toolchain TARGET - builds arc-toolchain:TARGET when its inputs have changed. The compilers
# themselves always run as amd64; on another machine the engine emulates them.
setup_toolchain() { locked "toolchain-$1" make_toolchain "$1"; }

make_toolchain() {
    local target=$1 image="arc-toolchain:$1" debian hash
    debian=$(debian_image)
    hash=$(cd "$ARC_ROOT/docker" && hash_of "${TOOLCHAIN_FILES[@]}" -- "$debian" "${ARC_LOCK:-warn}")
    if image_is "$image" "$hash"; then
        say "toolchain: $image is there"
        return 0
    fi
    setup_debian
    say "toolchain: building $image (half a minute)"
    build_image "$image" "$hash" --platform linux/amd64 --target "$target" --build-arg "DEBIAN_IMAGE=$debian" \
        --build-arg "ARC_LOCK=${ARC_LOCK:-warn}" -f "$ARC_ROOT/docker/toolchain.Dockerfile" "$ARC_ROOT/docker"
}

# Goal: lock. Writes docker/packages.lock and docker/prometheus/packages.lock from the images as
# they are now.
setup_lock() {
    local target
    for target in amd64 arm64 dev; do
        setup_toolchain "$target"
    done
    write_lock "$ARC_ROOT/docker/packages.lock" 'the toolchain images' arc-toolchain amd64 arm64 dev
    # Their labels have the hash of the old list.
    for target in amd64 arm64 dev; do
        setup_toolchain "$target"
    done
    setup_prometheus_lock
}

# write_lock LIST WHOSE IMAGE TAG… - the packages of IMAGE:TAG…, each with the tags that have it.
write_lock() {
    local list=$1 whose=$2 image=$3 target
    shift 3
    say "lock: writing $list"
    {
        echo "# The packages of $whose: NAME=VERSION TARGETS. Written by make lock."
        for target in "$@"; do
            docker run --rm -v "$ARC_ROOT/docker:/docker:ro" "$image:$target" \
                sh /docker/check-lock "$target" list | sed "s/\$/ $target/"
        done | awk '{ targets[$1] = targets[$1] (targets[$1] == "" ? "" : ",") $2 }
            END { for (package in targets) print package, targets[package] }' | LC_ALL=C sort
    } >"$list.new"
    mv "$list.new" "$list"
}
