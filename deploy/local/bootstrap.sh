#!/usr/bin/env bash
# Makes sure that everything that is needed is installed: Python's packages always, Java and Maven when asked for.
#
#   deploy/local/bootstrap.sh          .venv with the locked packages
#   deploy/local/bootstrap.sh servers  that, and what Kafka needs (not when TANDEM_KAFKA_BOOTSTRAP names a real one)
#   deploy/local/bootstrap.sh uv       prints where uv is
#
# A second call takes no time. Everything it says goes to standard error. PYTHON names the interpreter to use.
set -euo pipefail
shopt -s inherit_errexit
export UV_PYTHON_DOWNLOADS=never
cd "$(dirname "${BASH_SOURCE[0]}")/../.."

LOCK=requirements-dev.lock
STAMP=.venv/tandem-lock.sha256
TOOLS=.tandem/bootstrap
JAVA_AT_LEAST=17

say() { printf '%s\n' "$*" >&2; }
fail() { say "$*"; exit 1; }

# Installs Debian packages when we may, otherwise prints the one command that does.
install_packages() {
    local may=()
    if ! command -v apt-get >/dev/null; then
        fail "Please install with your system's package manager: $*"
    elif [ "$(id -u)" != 0 ]; then
        { command -v sudo && sudo -n true; } >/dev/null 2>&1 || fail "Please run: sudo apt-get install -y $*"
        may=(sudo -n)
    fi
    say "Installing $* …"
    local log=.tandem/apt.log
    if ! { "${may[@]}" apt-get -q update && "${may[@]}" env DEBIAN_FRONTEND=noninteractive \
        apt-get -q install -y --no-install-recommends "$@"; } >"$log" 2>&1 </dev/null; then
        fail "apt-get could not install $*; why is in $log"
    fi
}

is_python() { "$1" -c 'import sys; sys.exit(sys.version_info < (3, 11))' >/dev/null 2>&1; }
can_make_environments() { "$1" -c 'import ensurepip, venv' >/dev/null 2>&1; }

# A name on the PATH is not enough: version managers put shims there that fail.
find_python() {
    local candidate
    if [ -n "${PYTHON:-}" ]; then
        is_python "$PYTHON" || fail "PYTHON=$PYTHON does not run, or is older than 3.11."
        printf '%s\n' "$PYTHON"
        return
    fi
    for candidate in python3.13 python3.12 python3.11 python3 "$HOME"/.pyenv/versions/3.1[123]*/bin/python3; do
        if is_python "$candidate"; then
            printf '%s\n' "$candidate"
            return
        fi
    done
    fail "Python 3.11 or newer is needed. Please run: sudo apt-get install -y python3 python3-venv (or set PYTHON to one)"
}

find_uv() {
    if command -v uv >/dev/null && uv --version >/dev/null 2>&1; then
        command -v uv
        return
    fi
    if ! "$TOOLS/bin/uv" --version >/dev/null 2>&1; then
        local python version
        python=$(find_python)
        if ! can_make_environments "$python"; then
            version=$("$python" -c 'import sys; print("%d.%d" % sys.version_info[:2])')
            install_packages "python$version-venv"
        fi
        say "Installing uv …"
        rm -rf "$TOOLS"
        "$python" -m venv "$TOOLS" >&2
        "$TOOLS/bin/python" -m pip install --quiet --require-hashes --requirement deploy/local/uv-requirements.txt >&2
    fi
    printf '%s\n' "$PWD/$TOOLS/bin/uv"
}

install_python_packages() {
    local wanted uv python
    wanted=$(sha256sum <"$LOCK")
    if is_python .venv/bin/python && [ "$(cat "$STAMP" 2>/dev/null)" = "$wanted" ]; then
        return
    fi
    uv=$(find_uv)
    if ! is_python .venv/bin/python; then
        python=$(find_python)
        "$uv" venv --quiet --clear --python "$python" .venv >&2
    fi
    say "Installing the locked Python packages …"
    # Compiled here once, not by each of eight processes that start at the same time.
    "$uv" pip sync --quiet --require-hashes --compile-bytecode --python .venv/bin/python "$LOCK" >&2
    printf '%s\n' "$wanted" >"$STAMP"
}

java_version() { "$1" -version 2>&1 | sed -n '1s/[^"]*"\([0-9]*\).*/\1/p'; }

has_java() {
    local java
    for java in ${JAVA_HOME:+"$JAVA_HOME/bin/java"} java; do
        if command -v "$java" >/dev/null && [ "$(java_version "$java" || true)" -ge "$JAVA_AT_LEAST" ] 2>/dev/null; then
            return 0
        fi
    done
    return 1
}

# The name of a Java that this release of Debian or Ubuntu has.
java_package() {
    local package
    for package in openjdk-17-jre-headless openjdk-21-jre-headless openjdk-25-jre-headless; do
        if apt-cache show "$package" >/dev/null 2>&1; then
            printf '%s\n' "$package"
            return
        fi
    done
    printf 'default-jre-headless\n'
}

install_what_kafka_needs() {
    local missing=()
    has_java || missing+=("$(java_package)")
    command -v mvn >/dev/null || missing+=(maven)
    [ ${#missing[@]} = 0 ] || install_packages "${missing[@]}"
    has_java || fail "Java $JAVA_AT_LEAST or newer is installed but not found: set JAVA_HOME to it."
}

mkdir -p .tandem
if command -v flock >/dev/null; then
    exec 9>.tandem/bootstrap.lock
    flock 9
fi
case "${1:-python}" in
python) install_python_packages ;;
servers)
    [ -n "${TANDEM_KAFKA_BOOTSTRAP:-}" ] || install_what_kafka_needs
    install_python_packages
    ;;
uv) find_uv ;;
*) fail "unknown: $1" ;;
esac
