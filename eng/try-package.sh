#!/usr/bin/env bash
# Packs the library, and uses the package as a stranger would: a fresh console project outside the repository, the package
# from a local folder, the README's example as Program.cs. Fails unless it prints what the README says.
set -euo pipefail

root=$(cd "$(dirname "$0")/.." && pwd)
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
export DOTNET_NOLOGO=1 DOTNET_CLI_TELEMETRY_OPTOUT=1 DOTNET_CLI_UI_LANGUAGE=en MSBUILDTERMINALLOGGER=off

# The lines of the first block of the README below a comment, such as <!-- sample: Program -->.
block() {
    awk -v mark="<!-- $1 -->" '$0 == mark { found = 1; next } found && /^```/ { if (inside) exit; inside = 1; next } inside' "$root/README.md"
}

dotnet pack "$root/Package/Package.csproj" -c Release -o "$work/feed"
package=$(find "$work/feed" -name 'Autograd.*.nupkg' | head -n 1)
version=$(basename "$package" .nupkg)
version=${version#Autograd.}

# A package folder of its own, so that this version never stays in the user's; other packages are taken from there if they are at hand.
shared=$(dotnet nuget locals global-packages --list | sed 's/^[^:]*: *//')
cat > "$work/nuget.config" <<EOF
<?xml version="1.0" encoding="utf-8"?>
<configuration>
  <config><add key="globalPackagesFolder" value="$work/packages" /></config>
  <packageSources><add key="autograd-under-test" value="$work/feed" /></packageSources>
  <fallbackPackageFolders><add key="shared" value="$shared" /></fallbackPackageFolders>
</configuration>
EOF
mkdir -p "$shared"

dotnet new console --no-restore -o "$work/TryAutograd"
cd "$work/TryAutograd"
dotnet add package Autograd --version "$version"
for layer in Engine Ops Nn; do
    for kind in dll xml; do
        [ -s "$work/packages/autograd/$version/lib/net10.0/Autograd.$layer.$kind" ] || { echo "The package lacks Autograd.$layer.$kind." >&2; exit 1; }
    done
done
block 'sample: Program' > Program.cs
block 'output: Program' > "$work/expected.txt"
[ -s Program.cs ] && [ -s "$work/expected.txt" ] || { echo "README.md has no example or no output." >&2; exit 1; }
dotnet build -c Release
dotnet run -c Release --no-build < /dev/null > "$work/printed.txt"
diff "$work/expected.txt" "$work/printed.txt" || { echo "The package does not print what the README says." >&2; exit 1; }
echo "package Autograd $version: $(wc -c < "$package" | tr -d ' ') bytes, runs the README's example"
