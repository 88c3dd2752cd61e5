# shellcheck shell=bash
# Debian's packages without changes to the machine's own apt: a separate sources file, derived from
# the machine's Debian entries (mirror, keyring), with separate lists and cache. Foreign sources,
# which may be broken, are ignored.

ARC_APT=/var/cache/arc-apt

# Prints the machine's Debian entries, one per line: URI KEYRING(or -) SUITE…
# Reads both formats. An entry is Debian's if it has the component main, has a suite of
# the release CODENAME, and its URI names debian.
debian_entries() {
    local codename=$1 dir="${ARC_APT_ETC:-/etc/apt}" file
    for file in "$dir"/sources.list "$dir"/sources.list.d/*.list "$dir"/sources.list.d/*.sources; do
        [[ -r $file ]] || continue
        case $file in
            *.sources) _entries_deb822 "$file" ;;
            *) _entries_one_line "$file" ;;
        esac
    done | awk -v c="$codename" '$1 ~ /debian/ {
        line = ""
        for (i = 3; i <= NF; i++)
            if ($i == c || index($i, c "-") == 1 || $i == c "/updates") line = line " " $i
        if (line != "") print $1, $2 line
    }'
}

# deb [options] URI SUITE COMPONENT…
_entries_one_line() {
    awk '$1 == "deb" {
        sub(/#.*/, ""); key = "-"
        if (match($0, /\[[^]]*\]/)) {
            options = substr($0, RSTART + 1, RLENGTH - 2)
            $0 = substr($0, 1, RSTART - 1) " " substr($0, RSTART + RLENGTH)
            if (match(options, /signed-by=[^ ]+/))
                key = substr(options, RSTART + 10, RLENGTH - 10)
        }
        for (i = 4; i <= NF; i++) if ($i == "main") { print $2, key, $3; break }
    }' "$1"
}

# Stanzas of "Field: value" lines, separated by empty lines.
_entries_deb822() {
    awk '
        function flush(   n, i, uris) {
            if ((" " types " ") ~ / deb / && (" " comps " ") ~ / main / && enabled) {
                n = split(uri, uris, " ")
                for (i = 1; i <= n; i++) print uris[i], (key == "" ? "-" : key), suites
            }
            types = uri = suites = comps = key = ""; enabled = 1
        }
        BEGIN { enabled = 1 }
        /^#/ { next }
        /^[ \t]*$/ { flush(); next }
        {
            field = tolower($1); value = $0; sub(/^[^:]*:[ \t]*/, "", value)
            if (field == "types:") types = value
            else if (field == "uris:") uri = value
            else if (field == "suites:") suites = value
            else if (field == "components:") comps = value
            else if (field == "signed-by:") key = $2
            else if (field == "enabled:" && tolower($2) == "no") enabled = 0
        }
        END { flush() }' "$1"
}

# debian_sources SUITE [DEB_SRC] - prints deb822 sources for SUITE (such as trixie) on the machine's
# own mirror. DEB_SRC=yes adds source packages. Fails if the machine has no Debian entry.
# A container cannot read a URI that only this machine can (file:): see portable_sources.
debian_sources() {
    local suite=$1 types=deb own uri key suites count=0
    [[ ${2:-no} == yes ]] && types='deb deb-src'
    own=$(own_codename)
    while read -r uri key suites; do
        printf 'Types: %s\nURIs: %s\nSuites: %s\nComponents: main\n' \
            "$types" "$uri" "${suites//$own/$suite}"
        [[ $key == - ]] || printf 'Signed-By: %s\n' "$key"
        printf '\n'
        count=$((count + 1))
    done < <(debian_entries "$own")
    ((count > 0))
}

own_codename() {
    case $(debian_release) in
        12) echo bookworm ;;
        13) echo trixie ;;
    esac
}

# apt_of SUITE COMMAND… - apt-get with the derived sources of SUITE, lists and cache of its own.
apt_of() {
    local suite=$1 dir="$ARC_APT/$1"
    shift
    DEBIAN_FRONTEND=noninteractive apt-get -q \
        -o Dir::Etc::SourceList="$dir/debian.sources" -o Dir::Etc::SourceParts=/dev/null \
        -o Dir::State::lists="$dir/lists" -o Dir::Cache="$dir/cache" \
        -o APT::Update::Post-Invoke-Success= -o Acquire::Languages=none \
        -o Acquire::Retries=3 -o DPkg::Lock::Timeout=120 "$@"
}

# Updates the lists of SUITE, at most once an hour.
apt_update() {
    local suite=$1 dir="$ARC_APT/$1"
    mkdir -p "$dir/lists/partial" "$dir/cache/archives/partial"
    [[ -n $(find "$dir/updated" -mmin -60 2>/dev/null) ]] && return 0
    debian_sources "$suite" >"$dir/debian.sources" ||
        die "apt: no Debian source for $(own_codename) in ${ARC_APT_ETC:-/etc/apt}: add one, then run this again"
    say "apt: reading Debian's list of packages ($suite)"
    quietly "apt-$suite" apt_of "$suite" update || return 1
    touch "$dir/updated"
}

# apt_install PACKAGE… - installs missing packages of this machine's own release.
apt_install() { locked apt apt_install_missing "$@"; }

apt_install_missing() {
    local package missing=()
    for package in "$@"; do
        dpkg-query -W -f '${Status}' "$package" 2>/dev/null | grep -q ' installed$' || missing+=("$package")
    done
    ((${#missing[@]})) || return 0
    apt_update "$(own_codename)"
    say "apt: installing ${missing[*]}"
    quietly apt-install apt_of "$(own_codename)" install -y --no-install-recommends "${missing[@]}" ||
        die "apt: could not install ${missing[*]}: see above"
}
