# shellcheck shell=bash
# Pulsar's official archives, from Maven Central through an ordinary `mvn`: Maven and Java run in a
# temporary container, so the machine needs neither. Downloaded once.

# shellcheck disable=SC2034 # the goals of scripts/setup and bases.sh use them
PULSAR_VERSION=3.3.6 # of the image
# shellcheck disable=SC2034
PULSAR_NEXT=4.0.8 # for the fault matrix
declare -A PULSAR_SHA256=(
    [3.3.6]=d364d0a85b46b91b210bfe7dc73d42587704b8905bcf0443c84344bccdd1390a
    [4.0.8]=35c7d064c9e0928edbf2e708989faba0379662f98aa84ce0d4190c59efb6765e
)

# All functions take a VERSION. The archive's path in the cache:
pulsar_archive() { echo "$ARC_CACHE_DIR/pulsar/pulsar-server-distribution-$1-bin.tar.gz"; }

# The folder into which `setup pulsar` unpacks it.
pulsar_tree() { echo "$ARC_CACHE_DIR/apache-pulsar-$1"; }

# Provides the verified archive in the cache. The stamp avoids reading 217 MB each time.
setup_pulsar_archive() { locked "pulsar-archive-$1" make_pulsar_archive "$1"; }

make_pulsar_archive() {
    local version=$1 archive sum=${PULSAR_SHA256[$1]}
    archive=$(pulsar_archive "$version")
    if [[ -f $archive && -f $archive.$sum ]]; then
        say "pulsar: the archive of $version is in the cache"
        return 0
    fi
    mkdir -p "${archive%/*}"
    pulsar_is_whole "$archive" "$sum" || pulsar_fetch "$version" "${archive%/*}"
    pulsar_is_whole "$archive" "$sum" ||
        die "pulsar: $archive is not the archive of $version (sha256 differs): delete it and run this again"
    : >"$archive.$sum"
}

pulsar_is_whole() {
    [[ -f $1 ]] && echo "$2  $1" | sha256sum --check --status
}

pulsar_artifact() { echo "org.apache.pulsar:pulsar-server-distribution:$1:tar.gz:bin"; }

# pulsar_fetch VERSION FOLDER; so are the next two.
pulsar_fetch() {
    say "pulsar: fetching $1 with Maven in a container (some 200 MB, once, a minute or two)"
    quietly pulsar-fetch pulsar_fetch_in_container "$@" && return 0
    has mvn || die 'pulsar: a container cannot reach the Maven repository, and this machine has no mvn of its own: see above (a private certificate authority? SSL_CERT_FILE names the bundle to trust)'
    say 'pulsar: fetching with this machine'"'"'s own mvn'
    quietly pulsar-fetch-host pulsar_mvn "$@" || die 'pulsar: could not be fetched: see above'
}

pulsar_mvn() {
    mvn -B -q dependency:copy -Dartifact="$(pulsar_artifact "$1")" -DoutputDirectory="$2"
}

# The machine may trust a private authority that the container lacks, so its bundle is mounted
# read-only, for this container only. The file then belongs to the invoking user.
pulsar_fetch_in_container() {
    local folder=$2 bundle mount=()
    bundle=$(host_ca_bundle)
    [[ -n $bundle ]] && mount=(-v "$bundle:/host-ca.crt:ro")
    setup_debian
    docker run --rm "${mount[@]}" -v "$folder:/out" \
        -v "$ARC_ROOT/docker/bases/fetch-pulsar:/fetch-pulsar:ro" \
        "$(debian_image)" sh /fetch-pulsar "$(pulsar_artifact "$1")" /out "$(id -u):$(id -g)"
}

# Goals: pulsar, pulsar-4.0.
setup_pulsar_tree() { locked "pulsar-tree-$1" make_pulsar_tree "$1"; }

make_pulsar_tree() {
    local tree
    tree=$(pulsar_tree "$1")
    if [[ -d $tree ]]; then
        say "pulsar: $tree is there"
        return 0
    fi
    setup_pulsar_archive "$1"
    say "pulsar: unpacking into $tree"
    rm -rf "$tree.part" && mkdir "$tree.part"
    tar -xzf "$(pulsar_archive "$1")" -C "$tree.part" --strip-components=1 --no-same-owner
    mv "$tree.part" "$tree"
}
