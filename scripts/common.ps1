# Dot-sourced by diffuse.ps1 and test.ps1: finds out which libraries to build with and runs the build. Windows PowerShell 5.1 or later.
# Environment: TorchProvider (package, system), TorchDevice (cuda, cpu), ImageProvider (package, system), LIBTORCH (a folder).
$ErrorActionPreference = 'Stop'
$Root = Split-Path -Parent $PSScriptRoot
$env:DOTNET_CLI_TELEMETRY_OPTOUT = '1'
$env:DOTNET_NOLOGO = '1'
$env:DOTNET_CLI_UI_LANGUAGE = 'en'
$env:MSBUILDDISABLENODEREUSE = '1' # this and the next two: leave no server behind
$env:DOTNET_CLI_USE_MSBUILD_SERVER = '0'
$env:UseSharedCompilation = 'false'

function Say([string] $Text) { [Console]::Error.WriteLine("diffuse: $Text") }

function Die([string] $Text) {
    Say $Text
    exit 1
}

# Runs a program with its output in a log, which stays if the program fails. True if it ends well.
function Invoke-Logged([string] $Log, [string] $Program, [string[]] $Arguments) {
    $before = $ErrorActionPreference
    $ErrorActionPreference = 'Continue' # what a program writes to its error stream is no error of this script
    & $Program @Arguments 2>&1 | ForEach-Object { "$_" } | Out-File -FilePath $Log -Append -Encoding utf8
    $ErrorActionPreference = $before
    return $LASTEXITCODE -eq 0
}

function Invoke-Step([string] $What, [string[]] $Arguments) {
    Say $What
    $log = [IO.Path]::GetTempFileName()
    if (-not (Invoke-Logged $log 'dotnet' $Arguments)) {
        $errors = @(Select-String -Path $log -Pattern '(^|[^a-z])error[ :]' | ForEach-Object { $_.Line } | Sort-Object -Unique)
        if ($errors.Count -eq 0) { $errors = @(Get-Content $log -Tail 20) }
        $errors | Select-Object -First 30 | ForEach-Object { [Console]::Error.WriteLine($_) }
        Die "$(($What -split ', ')[0]) failed; the full log is $log"
    }
    Remove-Item $log
}

function Assert-Sdk {
    $advice = 'the .NET SDK 10 is needed: https://dotnet.microsoft.com/download'
    if (-not (Get-Command dotnet -ErrorAction SilentlyContinue)) { Die "$advice (no dotnet on the PATH)" }
    $log = [IO.Path]::GetTempFileName()
    Push-Location $Root
    $found = Invoke-Logged $log 'dotnet' @('--version')
    Pop-Location
    Remove-Item $log
    if (-not $found) { Die "$advice (here: $((@(dotnet --list-sdks) | ForEach-Object { ($_ -split ' ')[0] }) -join ' '))" }
}

function Test-Nvidia {
    (Get-Command nvidia-smi -ErrorAction SilentlyContinue) -or ($env:SystemRoot -and (Test-Path "$env:SystemRoot\System32\nvidia-smi.exe"))
}

# Settles TorchProvider, TorchDevice and ImageProvider where the environment leaves them open; MSBuild reads them from there.
function Select-Providers {
    if (-not $env:TorchProvider) { $env:TorchProvider = 'package' }
    if (-not $env:TorchDevice) {
        if (Test-Nvidia) {
            $env:TorchDevice = 'cuda'
        } else {
            $env:TorchDevice = 'cpu'
            Say 'no NVIDIA GPU here: taking TorchSharp for the CPU (TorchDevice=cuda for the other)'
        }
    }
    if (-not $env:ImageProvider) { $env:ImageProvider = $env:TorchProvider }
}

# As in src/Directory.Build.props: the folder under bin and obj.
function Get-ProvidersFolder {
    $name = $env:TorchProvider
    if ($name -eq 'package') { $name = "package-$env:TorchDevice" }
    if ($env:ImageProvider -ne $env:TorchProvider) { $name += "-images-$env:ImageProvider" }
    return $name
}
