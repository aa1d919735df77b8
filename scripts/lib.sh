# What the scripts share; sourced, never run. Each script has already gone to the project's root.
# shellcheck shell=bash

say() {
    printf '%s\n' "== $*"
}

fail() {
    printf '%s\n' "$*" >&2
    exit 1
}

# Installs Debian or Ubuntu packages without asking anything, with sudo where that is needed and there.
apt_install() {
    local as_root=()
    if [ "$(id -u)" != 0 ]; then
        command -v sudo >/dev/null || fail "Root has to install this first: apt-get install $*"
        as_root=(sudo)
    fi
    # An old package list is good enough when the mirror cannot be reached for a new one.
    "${as_root[@]}" apt-get update -qq || say "the package list could not be renewed; going on with the old one"
    "${as_root[@]}" env DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends "$@"
}

# rustup's installer writes the shell's start files, which a script or a CI job may not have read.
need_cargo() {
    if ! command -v cargo >/dev/null && [ -f "$HOME/.cargo/env" ]; then
        # shellcheck disable=SC1091
        . "$HOME/.cargo/env"
    fi
    command -v cargo >/dev/null || fail "Rust is needed: see https://rustup.rs, then run this again."
}

need_python() {
    python3 -c 'import ensurepip, venv' 2>/dev/null && return
    command -v apt-get >/dev/null || fail "python3 with its venv module is needed."
    say "installing python3 and its venv module"
    apt_install python3 python3-venv
}
