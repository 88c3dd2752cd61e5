# shellcheck shell=bash
# The service images: builds missing ones, and names those that are older than their sources.

# provide_images CODENAME… - every image exists afterwards.
provide_images() {
    local codename missing=()
    if [[ -n ${ARC_REGISTRY:-} ]]; then
        say "images: from $ARC_REGISTRY"
        compose pull --quiet --policy missing "${SERVICES[@]}" || die 'images: cannot be pulled: see above'
        return 0
    fi
    for codename in "$@"; do
        if ! docker image inspect "$(image_of "$codename")" >/dev/null 2>&1; then
            missing+=("$codename")
        else
            remark_age "$codename"
        fi
    done
    ((${#missing[@]} == 0)) || build_images "${missing[@]}"
}

# Compares content, not times: a fresh clone has new files of the same content.
remark_age() {
    local made_from
    made_from=$(docker image inspect --format '{{index .Config.Labels "arc.inputs"}}' "$(image_of "$1")")
    [[ $made_from == "$(inputs_of "$1")" ]] ||
        say "images: $(image_of "$1") differs from its sources: make $1-build rebuilds it"
}

# One hash of the image's inputs: the binary's sources and the service's own files.
inputs_of() {
    (
        cd "$ARC_ROOT" || exit
        find sidecar cmake CMakeLists.txt "services/$(folder_of "$1")" -type f \
            ! -name docker-compose.yml ! -name service.yaml ! -name '*.mk' -print0 |
            LC_ALL=C sort -z | xargs -0 sha256sum | sha256sum | cut -c1-16
    )
}

# build_images CODENAME… - the binary for the engine's architecture, the bases, the images.
build_images() {
    local codename
    make_target setup-bases
    say 'images: building arc-sidecar (minutes the first time; .arc/binary.log shows how far it is)'
    quietly binary make_target "$(binary_target)" || die 'images: arc-sidecar could not be built: see above'
    for codename in "$@"; do
        build_one "$codename"
    done
}

make_target() { make --no-print-directory --directory "$ARC_ROOT" "$1"; }

binary_target() {
    case $(docker version --format '{{.Server.Arch}}') in
        arm64) echo build-arm64 ;;
        *) echo build ;;
    esac
}

build_one() {
    local image
    image=$(image_of "$1")
    say "images: building $image"
    ARC_BUILD_INPUTS=$(inputs_of "$1") ARC_BUILD_VERSION=$(project_version) ARC_BUILD_REVISION=$(revision) \
        quietly "image-$1" "$ARC_ROOT/scripts/with-bases" docker compose --progress plain --file "$COMPOSE_FILE_ALL" build "$(service_of "$1")" ||
        die "images: $image could not be built: see above"
}

project_version() { sed -n 's/^project(.* VERSION \([0-9.]*\) .*/\1/p' "$ARC_ROOT/CMakeLists.txt"; }

revision() { git -C "$ARC_ROOT" rev-parse HEAD 2>/dev/null || echo unknown; }
