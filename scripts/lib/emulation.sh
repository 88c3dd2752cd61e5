# shellcheck shell=bash
# Runs arm64 programs on this amd64 machine, with the kernel's binfmt_misc and the toolchain's qemu.
# The registration holds for the whole machine, so it is removed after use. An emulator that the
# machine already has is used and stays.

BINFMT=/proc/sys/fs/binfmt_misc
EMULATOR_NAME=arc-aarch64
# An ELF of 64 bits, little-endian, executable or shared, for AArch64 (elf.h: EM_AARCH64 is 183).
EMULATOR_MAGIC='\x7fELF\x02\x01\x01\x00\x00\x00\x00\x00\x00\x00\x00\x00\x02\x00\xb7\x00'
EMULATOR_MASK='\xff\xff\xff\xff\xff\xff\xff\x00\xff\xff\xff\xff\xff\xff\xff\xff\xfe\xff\xff\xff'

# Succeeds if the kernel starts arm64 programs, with any emulator.
emulation_active() { [[ $(uname -m) == aarch64 ]] || grep -qs '^magic 7f454c460201010000000000000000000200b700' "$BINFMT"/*; }

# emulation_on FOLDER - copies the emulator from the toolchain's image to FOLDER and registers it.
# The kernel keeps the file open (F), so it works in every container.
emulation_on() {
    emulation_active && return 0
    is_root || die 'emulation: registering an emulator for arm64 needs root'
    mkdir -p "$1"
    if [[ ! -e $BINFMT/register ]]; then
        mount -t binfmt_misc binfmt_misc "$BINFMT" || die 'emulation: this kernel has no binfmt_misc'
        : >"$1/mounted"
    fi
    take_from_image arc-toolchain:dev /usr/bin/qemu-aarch64 "$1/qemu-aarch64"
    printf ':%s:M::%s:%s:%s:F' "$EMULATOR_NAME" "$EMULATOR_MAGIC" "$EMULATOR_MASK" "$1/qemu-aarch64" >"$BINFMT/register" ||
        die "emulation: the kernel does not take $1/qemu-aarch64"
    : >"$1/registered"
    say "emulation: programs for arm64 run by $("$1/qemu-aarch64" --version | head -n 1)"
}

# emulation_off FOLDER - reverts emulation_on.
emulation_off() {
    [[ ! -e $1/registered ]] || echo -1 >"$BINFMT/$EMULATOR_NAME"
    [[ ! -e $1/mounted ]] || umount "$BINFMT"
    rm -rf "$1"
}

# with_emulation COMMAND… - reverts the registration however COMMAND ends.
with_emulation() {
    local folder="$ARC_STATE/emulation" status=0
    emulation_active && { "$@"; return; }
    # shellcheck disable=SC2064 # expand it now; also after Ctrl-C
    trap "emulation_off '$folder'" EXIT
    emulation_on "$folder"
    # In a subshell, so that die returns here.
    ("$@") || status=$?
    emulation_off "$folder"
    trap - EXIT
    return "$status"
}
