#!/bin/sh
# A base for the Containerfile from Debian's own packages, where no hub may be asked: as root, with debootstrap and buildah.
#   deploy/base-without-a-hub.sh [MIRROR]      then: buildah build --build-arg BASE=localhost/wallet-base …
set -eu
root="$(mktemp -d)"
trap 'rm -rf --one-file-system "$root"' EXIT
# What it mounts is seen there alone, and gone with it.
unshare --mount debootstrap --variant=minbase --include=python3,python3-venv,ca-certificates,bubblewrap trixie "$root" "$@"
rm -rf "$root"/var/cache/apt/archives/*.deb "$root"/var/lib/apt/lists/*
made="$(buildah from scratch)"
buildah add --quiet "$made" "$root" /
buildah commit --quiet --rm "$made" localhost/wallet-base
