#!/bin/bash
# Really builds docker/Dockerfile where no container engine runs and no image can be pulled: buildah in a chroot,
# on a stand-in for python:3.11-slim-bookworm made from Debian's packages. Needs root, buildah and debootstrap
# (apt-get install buildah debootstrap), about 2 GB for some minutes, and a Python package index. Leaves nothing behind.
#   sudo docker/try-build.sh
set -euo pipefail

root=$(cd "$(dirname "$0")/.." && pwd)
base=docker.io/library/python:3.11-slim-bookworm
work=$(mktemp -d "${TMPDIR:-/tmp}/leerp-try-build.XXXXXX")
export BUILDAH_ISOLATION=chroot STORAGE_DRIVER=vfs
storage=(--root "$work/storage" --runroot "$work/run")
container=
certificates=/etc/ssl/certs/ca-certificates.crt

sweep() {
    [ -z "$container" ] || buildah "${storage[@]}" rm "$container" >/dev/null || true
    rm -rf "$work"
}
trap sweep EXIT

echo "== the stand-in for $base"
debootstrap --variant=minbase --include=python3,python3-venv,python3-pip,ca-certificates bookworm "$work/base" >"$work/debootstrap.log" \
    || { tail -n 20 "$work/debootstrap.log" >&2; exit 1; }
rm -rf "$work/base/var/cache/apt" "$work/base/var/lib/apt/lists"
tar -C "$work/base" -cf "$work/base.tar" .
rm -rf "$work/base"
mkdir "$work/context"
mv "$work/base.tar" "$work/context/base.tar"
printf 'FROM scratch\nADD base.tar /\n' >"$work/context/Dockerfile"
buildah "${storage[@]}" bud --quiet --tag "$base" "$work/context" >/dev/null
rm -rf "$work/context"

echo "== docker/Dockerfile"
# What this machine's pip is told (an index of one's own, its certificate) holds inside as well.
options=(--volume "$certificates:$certificates:ro")
[ ! -f /etc/pip.conf ] || options+=(--volume /etc/pip.conf:/etc/pip.conf:ro)
[ -z "${PIP_INDEX_URL:-}" ] || options+=(--build-arg "PIP_INDEX_URL=$PIP_INDEX_URL")
buildah "${storage[@]}" bud --pull-never --format docker "${options[@]}" \
    --file "$root/docker/Dockerfile" --ignorefile "$root/.dockerignore" --tag leerp:try "$root" >"$work/build.log" 2>&1 \
    || { tail -n 40 "$work/build.log" >&2; exit 1; }
grep -c '^\[./.\] STEP' "$work/build.log" | sed 's/$/ steps/'

echo "== inside"
container=$(buildah "${storage[@]}" from --pull-never leerp:try)
inside() { buildah "${storage[@]}" run "$container" -- "$@"; }
inside python3 -c 'import os, leerp; print("import leerp, as uid", os.getuid(), "from", leerp.__file__)'
inside python3 -c 'import activities, desk, exercises, matrices, notifications, records, workflows; print("every room is there")'
inside gpg --batch --version | head -n 1
inside sh -c 'umask 077; h=$(mktemp -d) && gpg --homedir "$h" --batch --quiet --passphrase "" --quick-generate-key try 2>/dev/null && gpgconf --homedir "$h" --kill gpg-agent && rm -rf "$h" && echo "gpg and its agent make a key"'
inside python3 -c 'import temporalio.client, psycopg, pydantic; print("temporalio, psycopg", psycopg.__version__, "pydantic", pydantic.VERSION)'
inside sh -c 'touch /var/lib/leerp/writable && rm /var/lib/leerp/writable && ! touch /app/x 2>/dev/null && echo "state is writable, code is not"'
inside sh -c 'du -sh /opt/leerp /app | tr "\n" " "; ls /app'
buildah "${storage[@]}" inspect --type image --format 'user {{.Docker.Config.User}}, entrypoint {{.Docker.Config.Entrypoint}}, command {{.Docker.Config.Cmd}}, health {{.Docker.Config.Healthcheck.Test}}' leerp:try
echo
if ! inside python3 -m desk --help >"$work/help" 2>&1; then
    echo "python3 -m desk --help: FAILED"
    cat "$work/help"
    exit 1
fi
echo "python3 -m desk --help: works"
