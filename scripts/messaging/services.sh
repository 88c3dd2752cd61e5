# shellcheck shell=bash
# The names of the three services, and compose's view of them. Names and ports come from `compose
# config`, which has resolved every variable and default.

CODENAMES=(flash strange sonic)
COMPOSE_FILE_ALL="$ARC_ROOT/services/docker-compose.yml"
# shellcheck disable=SC2034 # for the other parts
SIDECAR=/usr/local/bin/arc-sidecar

is_codename() { [[ " ${CODENAMES[*]} " == *" $1 "* ]]; }

# The service in compose, also the name of the image and the host name in the network.
service_of() {
    case $1 in
        flash) echo arc-messaging ;;
        strange) echo arc-streaming ;;
        sonic) echo arc-cache ;;
    esac
}

services_of() {
    local codename
    for codename in "$@"; do service_of "$codename"; done
}

# The folder below services/.
folder_of() { service_of "$1" | sed 's/^arc-//'; }

# Always the common file: with one service's file, the other services would count as orphans.
compose() { docker compose --progress plain --file "$COMPOSE_FILE_ALL" "$@"; }

# Sets COMPOSE_FACTS: lines "SERVICE KEY VALUE" for image, container_name, port
# (HOST:CONTAINER) and volume (its name), and a line "project NAME".
read_compose_facts() {
    COMPOSE_FACTS=$(compose config | awk '
        /^name:/ { print "project", $2 }
        /^[a-z]/ { section = $1 }
        section == "volumes:" && /^  [^ ]/ { key = $1; sub(":", "", key) }
        section == "volumes:" && $1 == "name:" { print owner[key], "volume", $2 }
        section != "services:" { next }
        /^  [^ ]/ { service = $1; sub(":", "", service) }
        /^    (image|container_name):/ { sub(":", "", $1); print service, $1, $2 }
        $1 == "source:" { owner[$2] = service }
        $1 == "target:" { target = $2 }
        $1 == "published:" { gsub("\"", "", $2); print service, "port", $2 ":" target }')
}

# fact CODENAME KEY - the values, one per line.
fact() {
    awk -v service="$(service_of "$1")" -v key="$2" '$1 == service && $2 == key { print $3 }' <<<"$COMPOSE_FACTS"
}

container_of() { fact "$1" container_name; }
image_of() { fact "$1" image; }

containers_of() {
    local codename names=''
    for codename in "$@"; do names+="${names:+, }$(container_of "$codename")"; done
    echo "$names"
}

# running, paused, restarting, exited, created; or "not there".
state_of() { about "$1" '{{.State.Status}}' || echo 'not there'; }

# about CONTAINER FORMAT - docker's facts about it; fails silently if it does not exist.
about() {
    local answer
    answer=$(docker container inspect --format "$2" "$1" 2>/dev/null) && echo "$answer"
}

# refuse_taken_names CODENAME… - exits if a container of the same name belongs to something else.
refuse_taken_names() {
    local codename container project other taken=0
    project=$(awk '$1 == "project" { print $2 }' <<<"$COMPOSE_FACTS")
    for codename in "$@"; do
        container=$(container_of "$codename")
        other=$(about "$container" '{{index .Config.Labels "com.docker.compose.project"}}') || continue
        [[ $other != "$project" ]] || continue
        say "$container: a container of this name exists already ($(about "$container" '{{.State.Status}}, image {{.Config.Image}}')${other:+, of the compose project $other}): docker rm --force $container removes it and keeps its named volumes, or set ARC_PREFIX to start these under other names"
        taken=1
    done
    ((taken == 0)) || die 'names: nothing was started'
}

provide_network() {
    local network="${ARC_PREFIX:-}arc_platform_net"
    docker network inspect "$network" >/dev/null 2>&1 && return 0
    say "network: creating $network"
    docker network create "$network" >/dev/null
}
