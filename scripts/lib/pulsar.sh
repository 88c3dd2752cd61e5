# shellcheck shell=bash
# Pulsar's official archive, from Maven Central by an ordinary `mvn`: Maven and Java run in a
# throw-away container, so that the machine needs neither. Fetched once.

PULSAR_VERSION=3.3.6
PULSAR_SHA256=d364d0a85b46b91b210bfe7dc73d42587704b8905bcf0443c84344bccdd1390a
PULSAR_ARTIFACT="org.apache.pulsar:pulsar-server-distribution:$PULSAR_VERSION:tar.gz:bin"
PULSAR_ARCHIVE="pulsar-server-distribution-$PULSAR_VERSION-bin.tar.gz"

pulsar_archive() { echo "$ARC_CACHE_DIR/pulsar/$PULSAR_ARCHIVE"; }

# Where `setup pulsar` unpacks it.
pulsar_tree() { echo "$ARC_CACHE_DIR/apache-pulsar-$PULSAR_VERSION"; }

# The archive is in the cache, verified. The stamp saves reading 217 MB each time.
setup_pulsar_archive() {
    local archive
    archive=$(pulsar_archive)
    if [[ -f $archive && -f $archive.$PULSAR_SHA256 ]]; then
        say "pulsar: the archive of $PULSAR_VERSION is in the cache"
        return 0
    fi
    mkdir -p "${archive%/*}"
    pulsar_is_whole "$archive" || pulsar_fetch "${archive%/*}"
    pulsar_is_whole "$archive" ||
        die "pulsar: $archive is not the archive of $PULSAR_VERSION (sha256 differs): delete it and run this again"
    : >"$archive.$PULSAR_SHA256"
}

pulsar_is_whole() {
    [[ -f $1 ]] && echo "$PULSAR_SHA256  $1" | sha256sum --check --status
}

pulsar_fetch() {
    say "pulsar: fetching $PULSAR_VERSION with Maven in a container (217 MB, once, a minute or two)"
    quietly pulsar-fetch pulsar_fetch_in_container "$1" && return 0
    has mvn || die 'pulsar: a container cannot reach the Maven repository, and this machine has no mvn of its own: see above (a private certificate authority? SSL_CERT_FILE names the bundle to trust)'
    say 'pulsar: fetching with this machine'"'"'s own mvn'
    quietly pulsar-fetch-host pulsar_mvn "$1" || die 'pulsar: could not be fetched: see above'
}

pulsar_mvn() {
    mvn -B -q dependency:copy -Dartifact="$PULSAR_ARTIFACT" -DoutputDirectory="$1"
}

# The machine may trust a private authority that the container does not know: its bundle goes in,
# read-only, for this container alone. The file becomes the invoking user's.
pulsar_fetch_in_container() {
    local folder=$1 bundle mount=()
    bundle=$(host_ca_bundle)
    [[ -n $bundle ]] && mount=(-v "$bundle:/host-ca.crt:ro")
    setup_debian
    docker run --rm "${mount[@]}" -v "$folder:/out" \
        -v "$ARC_ROOT/compose/bases/fetch-pulsar:/fetch-pulsar:ro" \
        "$(debian_image)" sh /fetch-pulsar "$PULSAR_ARTIFACT" /out "$(id -u):$(id -g)"
}

# The machine's bundle of trusted authorities, wherever it keeps it; nothing where there is none.
host_ca_bundle() {
    local file
    for file in "${SSL_CERT_FILE:-}" /etc/ssl/certs/ca-certificates.crt /etc/pki/tls/certs/ca-bundle.crt /etc/ssl/cert.pem; do
        if [[ -n $file && -r $file ]]; then
            echo "$file"
            return
        fi
    done
}

# Goal: pulsar.
setup_pulsar_tree() {
    local tree
    tree=$(pulsar_tree)
    if [[ -d $tree ]]; then
        say "pulsar: $tree is there"
        return 0
    fi
    setup_pulsar_archive
    say "pulsar: unpacking into $tree"
    rm -rf "$tree.part" && mkdir "$tree.part"
    tar -xzf "$(pulsar_archive)" -C "$tree.part" --strip-components=1 --no-same-owner
    mv "$tree.part" "$tree"
}
