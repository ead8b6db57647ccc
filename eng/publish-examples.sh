#!/usr/bin/env bash
# Publishes the examples as one self-contained, trimmed file that is compiled ahead of time (ReadyToRun), and checks that it learns
# the same bits as the program that is compiled as it runs.
#
#   eng/publish-examples.sh [FOLDER]
#
# FOLDER gets the program; artifacts/publish/Examples/release when left out. Needs the runtime packs of this platform from a package feed.
set -euo pipefail
cd "$(dirname "$0")/.."
export DOTNET_NOLOGO=1 DOTNET_CLI_TELEMETRY_OPTOUT=1 MSBUILDTERMINALLOGGER=off
folder=${1:-artifacts/publish/Examples/release}

dotnet publish Examples -c Release --use-current-runtime --self-contained -p:PublishSingleFile=true -p:PublishTrimmed=true -p:PublishReadyToRun=true -p:DebugType=none -o "$folder"
dotnet build Examples -c Release
file="$folder/Autograd.Examples"

# hash COMMAND…: the hash of the parameters that an epoch of the digits leads to.
hash() { "$@" digits --epochs 1 < /dev/null | sed -nE 's/^parameters ([0-9a-f]+)$/\1/p'; }

published=$(hash "$file") built=$(hash dotnet artifacts/bin/Examples/release/Autograd.Examples.dll)
if [ -z "$published" ] || [ "$published" != "$built" ]; then
    echo "The published program learned '$published', the built one '$built'." >&2
    exit 1
fi
echo "$file: $(wc -c < "$file" | tr -d ' ') bytes, learns the same bits ($published)"
