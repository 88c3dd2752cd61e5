# shellcheck shell=bash
# Tests whether an upstream registry answers, and keeps the result for some hours.

REGISTRY_ANSWER_MINUTES=360
REGISTRY_PATIENCE=15

# Prints upstream or packages. ARC_BASES overrides the probe.
registry_mode() {
    local file="$ARC_STATE/registry"
    if [[ -n ${ARC_BASES:-} ]]; then
        echo "$ARC_BASES"
        return
    fi
    [[ -n $(find "$file" -mmin "-$REGISTRY_ANSWER_MINUTES" 2>/dev/null) ]] || registry_remember "$file"
    cat "$file"
}

# Atomically: a parallel set-up may read it.
registry_remember() {
    registry_ask >"$1.$BASHPID"
    mv "$1.$BASHPID" "$1"
}

# A pull that has started counts: a slow network is not a missing registry.
registry_ask() {
    local output
    if has_image "$DEBIAN_UPSTREAM"; then
        echo upstream
        return
    fi
    say "registry: asking for $DEBIAN_UPSTREAM (at most $REGISTRY_PATIENCE s)"
    output=$(timeout "$REGISTRY_PATIENCE" docker pull "$DEBIAN_UPSTREAM" 2>&1 || true)
    if [[ $output == *'Pulling from'* ]]; then
        say 'registry: answers: using upstream images'
        echo upstream
    else
        say 'registry: no answer: building base images from packages'
        echo packages
    fi
}
