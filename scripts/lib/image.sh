# shellcheck shell=bash
# Images that are rebuilt only if their inputs have changed. The label arc.inputs has the hash of
# the inputs.

has_image() { docker image inspect "$1" >/dev/null 2>&1; }

# hash_of FILE… -- TEXT… - one short hash of the files' content and the texts.
hash_of() {
    local files=()
    while (($#)) && [[ $1 != -- ]]; do
        files+=("$1")
        shift
    done
    { cat "${files[@]}" && printf '%s\n' "$@"; } | sha256sum | cut -c1-16
}

# image_is IMAGE HASH - it exists and was built from these inputs.
image_is() {
    [[ $(docker image inspect -f '{{index .Config.Labels "arc.inputs"}}' "$1" 2>/dev/null) == "$2" ]]
}

# take_from_image IMAGE PATH FILE - copies one file out of it without running it.
take_from_image() {
    local container
    container=$(docker create "$1" none)
    docker cp --quiet "$container:$2" "$3" || { docker rm "$container" >/dev/null && die "image: $1 has no $2"; }
    docker rm "$container" >/dev/null
}

# build_image IMAGE HASH DOCKER_BUILD_ARGUMENT… - builds and labels it; no cache with ARC_FRESH=1.
build_image() {
    local image=$1 hash=$2 name=${1//[:\/]/-} fresh=() replaced
    shift 2
    replaced=$(docker image inspect -f '{{.Id}}' "$image" 2>/dev/null || true)
    [[ ${ARC_FRESH:-} == 1 ]] && fresh=(--no-cache)
    quietly "$name" docker build --progress plain "${fresh[@]}" \
        --label "arc.inputs=$hash" -t "$image" "$@" || die "image: $image could not be built: see above"
    build_remarks "$ARC_STATE/$name.log"
    # Removes the replaced image, which has no name now. An image in use stays.
    [[ -z $replaced || $replaced == "$(docker image inspect -f '{{.Id}}' "$image")" ]] ||
        docker image rm "$replaced" >/dev/null 2>&1 || true
}

# The warnings of docker/check-lock, shortened.
build_remarks() {
    local remarks count
    remarks=$(sed -n 's/^#[0-9]* [0-9.]* \(lock: .*\)/\1/p' "$1")
    [[ -n $remarks ]] || return 0
    count=$(wc -l <<<"$remarks")
    head -n 10 <<<"$remarks" >&2
    ((count <= 10)) || echo "lock: and $((count - 10)) more: see $1" >&2
}
