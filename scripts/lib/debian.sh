# shellcheck shell=bash
# The Debian image below all others: upstream's if a registry answers, else one that debootstrap
# makes from the machine's own mirror.

DEBIAN_SUITE=trixie
DEBIAN_UPSTREAM=debian:trixie-slim
DEBIAN_LOCAL=arc-base-debian:trixie

# debian_image [ARCHITECTURE] - the name of the image for this machine, or for another architecture.
# Needs registry_mode's answer.
debian_image() {
    if [[ $(registry_mode) == upstream ]]; then
        echo "$DEBIAN_UPSTREAM"
    else
        echo "$DEBIAN_LOCAL${1:+-$1}"
    fi
}

# Goal: debian. setup_debian [ARCHITECTURE]
setup_debian() { locked "debian${1:+-$1}" make_debian "$@"; }

make_debian() {
    local image
    image=$(debian_image "$@")
    if has_image "$image"; then
        say "debian: $image is there"
    elif [[ $image == "$DEBIAN_UPSTREAM" ]]; then
        say "debian: pulling $image"
        quietly debian-pull docker pull "$image" ||
            die "debian: $image could not be pulled: see above, or set ARC_BASES=packages"
    else
        debian_bootstrap "$image" "$@"
    fi
}

# debian_bootstrap IMAGE [ARCHITECTURE] - programs of ARCHITECTURE must run here (emulation.sh).
debian_bootstrap() {
    local image=$1 architecture=${2:-} root
    can_install || die "debian: no registry answers, and without root on Debian 12 or 13 ($(why_not_install)) there is no debootstrap: load an image as $image (docker load), or ask root to run this once"
    apt_install debootstrap ca-certificates
    root=$(mktemp -d "${TMPDIR:-/tmp}/arc-debian.XXXXXX")
    chmod 755 "$root" # it becomes the image's /, which every user must be able to enter
    # shellcheck disable=SC2064 # expand it now
    trap "debian_remove_root '$root'" EXIT
    say "debian: making $image with debootstrap (half a minute; minutes under emulation)"
    quietly debootstrap debian_fill "$root" "$architecture" || die 'debian: debootstrap failed: see above'
    tar -C "$root" --numeric-owner -c . | docker import ${architecture:+--platform "linux/$architecture"} \
        -c 'CMD ["bash"]' -m 'debootstrap --variant=minbase' - "$image" >/dev/null
    debian_remove_root "$root"
    trap - EXIT
}

# --one-file-system: never enters a file system that is still mounted below.
debian_remove_root() {
    umount -q "$1/proc" "$1/sys" 2>/dev/null || true
    rm -rf --one-file-system "$1"
}

debian_fill() {
    local root=$1 mirror
    mirror=$(debian_entries "$(own_codename)" | awk '$1 !~ /security/ { print $1; exit }')
    debootstrap --variant=minbase ${2:+"--arch=$2"} "$DEBIAN_SUITE" "$root" ${mirror:+"$mirror"}
    debian_slim "$root"
    debian_upgrade "$root"
    rm -rf "$root"/var/lib/apt/lists/* "$root"/var/cache/apt/* "$root"/var/log/* \
        "$root/etc/resolv.conf" "$root/etc/hostname"
}

# As upstream's slim image: no documents, no recommended packages, no service starts by itself.
debian_slim() {
    local root=$1 folder
    printf 'path-exclude /usr/share/%s/*\n' doc man info locale lintian linda groff \
        >"$root/etc/dpkg/dpkg.cfg.d/docker"
    printf 'path-include /usr/share/doc/*/copyright\n' >>"$root/etc/dpkg/dpkg.cfg.d/docker"
    for folder in man info locale lintian groff; do
        rm -rf "${root:?}/usr/share/$folder"/*
    done
    find "$root/usr/share/doc" ! -type d ! -name copyright -delete
    cat >"$root/etc/apt/apt.conf.d/docker" <<-'END'
	APT::Install-Recommends "false";
	Acquire::Languages "none";
	Acquire::Retries "3";
	DPkg::Post-Invoke { "rm -f /var/cache/apt/archives/*.deb /var/cache/apt/*.bin || true"; };
	END
    printf '#!/bin/sh\nexit 101\n' >"$root/usr/sbin/policy-rc.d"
    chmod 755 "$root/usr/sbin/policy-rc.d"
}

# Point releases and security fixes, from the same mirror. If the mirror has only the release
# itself, the image stays as debootstrap made it.
debian_upgrade() {
    local root=$1
    debian_sources "$DEBIAN_SUITE" >"$root/etc/apt/sources.list.d/debian.sources" || return 0
    : >"$root/etc/apt/sources.list"
    chroot "$root" apt-get -q update || return 0
    DEBIAN_FRONTEND=noninteractive chroot "$root" apt-get -qy upgrade
    chroot "$root" apt-get clean
}
