# shellcheck shell=bash
# Sourced by diffuse and test: finds out which libraries to build with, installs what is missing, builds.
# Environment: TorchProvider (system, package), TorchDevice (cuda, cpu), ImageProvider (system, package), LIBTORCH (a folder).

root=$(cd -- "$(dirname -- "${BASH_SOURCE[0]}")/.." && pwd)
export DOTNET_CLI_TELEMETRY_OPTOUT=1 DOTNET_NOLOGO=1 DOTNET_CLI_UI_LANGUAGE=en
export MSBUILDDISABLENODEREUSE=1 DOTNET_CLI_USE_MSBUILD_SERVER=0 UseSharedCompilation=false # leave no server behind

say() { printf 'diffuse: %s\n' "$*" >&2; }
die() { say "$*"; exit 1; }

has_nvidia() { [[ -e /proc/driver/nvidia/version || -e /dev/nvidia0 || -x /usr/lib/wsl/lib/nvidia-smi ]]; }
has_apt() { command -v apt-get >/dev/null && command -v apt-cache >/dev/null; }
has_library() { [[ $(PATH=$PATH:/sbin:/usr/sbin ldconfig -p 2>/dev/null) == *"$1"* ]]; }

need_sdk() {
    local advice="the .NET SDK 10 is needed: https://dotnet.microsoft.com/download"
    command -v dotnet >/dev/null || die "$advice (no dotnet on the PATH)"
    (cd -- "$root" && dotnet --version >/dev/null 2>&1) ||
        die "$advice (here: $(dotnet --list-sdks | cut -d ' ' -f 1 | paste -s -d ' ' -))"
}

apt_knows() { [[ -n $(apt-cache show --no-all-versions "$1" 2>/dev/null) ]]; } # nothing is shown of what is only a virtual name
first_known() { if apt_knows "$1"; then printf '%s' "$1"; else printf '%s' "$2"; fi; } # names differ between releases

# The Debian packages that the system's libtorch and libvips need and that are not here.
missing_packages() {
    local missing=()
    if [[ -z ${LIBTORCH:-} ]]; then
        [[ -d /usr/include/torch/csrc ]] || missing+=(libtorch-dev)
        has_library libopenblas.so.0 || missing+=(libopenblas0-pthread)
    fi
    command -v g++ >/dev/null || missing+=(g++)
    if [[ ${ImageProvider:-system} == system ]]; then
        has_library libvips.so.42 || missing+=("$(first_known libvips42t64 libvips42)")
        has_library libturbojpeg.so.0 || missing+=("$(first_known libturbojpeg libturbojpeg0)")
    fi
    printf '%s\n' ${missing[@]+"${missing[@]}"}
}

# Installs what the system provider needs. Fails where apt does not have libtorch; ends the script where only root can go on.
install_packages() {
    local packages
    mapfile -t packages < <(missing_packages)
    [[ -n ${packages[0]:-} ]] || return 0
    if [[ $(id -u) != 0 ]]; then
        say "these Debian packages are needed; type this, then start again:"
        printf '\n  sudo apt-get update && sudo apt-get install -y --no-install-recommends %s\n\n' "${packages[*]}" >&2
        say "(or set TorchProvider=package to take TorchSharp and ImageSharp from NuGet)"
        exit 1
    fi
    apt_knows "${packages[0]}" || logged "reading the list of Debian packages" apt-get -q update
    mapfile -t packages < <(missing_packages)
    apt_knows "${packages[0]}" || return 1
    export DEBIAN_FRONTEND=noninteractive
    local install=(apt-get -q -y -o DPkg::Lock::Timeout=300 install --no-install-recommends "${packages[@]}")
    quiet "installing the Debian packages ${packages[*]}" "${install[@]}" ||
        { logged "reading the list of Debian packages" apt-get -q update && logged "installing again" "${install[@]}"; }
}

restores_package() {
    dotnet restore "$root/src/Diffuse/Diffuse.csproj" -p:TorchProvider=package -p:TorchDevice=cuda -v quiet >/dev/null 2>&1
}

# Settles TorchProvider, TorchDevice and ImageProvider where the environment leaves them open. One's own libtorch goes first, then
# CUDA where a GPU is, then the system's libtorch, then NuGet.
choose_providers() {
    if [[ -n ${TorchProvider:-} ]]; then
        :
    elif [[ -n ${LIBTORCH:-} ]]; then
        TorchProvider=system
    elif [[ $(uname -s) != Linux ]]; then
        TorchProvider=package
    elif has_nvidia && say "an NVIDIA GPU is here: taking TorchSharp with CUDA from NuGet" && restores_package; then
        TorchProvider=package
    elif [[ -d /usr/include/torch/csrc ]] || has_apt; then
        TorchProvider=system
    else
        say "no apt and no libtorch here: taking TorchSharp and ImageSharp from NuGet"
        TorchProvider=package
    fi
    if [[ $TorchProvider == system ]] && has_apt && ! install_packages; then
        say "apt has no libtorch-dev: taking TorchSharp and ImageSharp from NuGet"
        TorchProvider=package
    fi
    if [[ -z ${TorchDevice:-} ]]; then
        if has_nvidia; then TorchDevice=cuda; else TorchDevice=cpu; fi
    fi
    if [[ -z ${ImageProvider:-} ]]; then
        ImageProvider=$TorchProvider
        if [[ $TorchProvider == system ]] && ! has_library libvips.so.42; then
            say "libvips is not here: taking ImageSharp from NuGet"
            ImageProvider=package
        fi
    fi
    export TorchProvider TorchDevice ImageProvider
}

# As in src/Directory.Build.props: the folder under bin and obj.
providers() {
    local name=$TorchProvider
    [[ $TorchProvider != package ]] || name=package-$TorchDevice
    [[ $ImageProvider == "$TorchProvider" ]] || name+=-images-$ImageProvider
    printf '%s' "$name"
}

# quiet WHAT COMMAND...: says WHAT (a note after ", " may follow) and runs the command with its output in a log, which stays if
# the command fails.
quiet() {
    say "$1"
    log=$(mktemp "${TMPDIR:-/tmp}/diffuse-setup.XXXXXX")
    "${@:2}" >"$log" 2>&1 </dev/null || return 1
    rm -f -- "$log"
}

# As quiet, but a failure shows its errors and ends the script.
logged() {
    quiet "$@" && return
    { grep -E '(^|[^a-z])(error|E:)[ :]' -- "$log" || tail -n 20 -- "$log"; } | sort -u | head -n 30 >&2
    die "${1%%, *} failed; the full log is $log"
}
