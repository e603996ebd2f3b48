# Runs diffuse: sets up what is missing, builds when the sources changed, then hands over to the program with these arguments.
$arguments = @($args | ForEach-Object { if ($_ -is [array]) { $_ -join ',' } else { "$_" } }) # PowerShell splits 1,2
if ($IsLinux -or $IsMacOS) {
    & bash (Join-Path $PSScriptRoot 'diffuse') @arguments
    exit $LASTEXITCODE
}
. (Join-Path $PSScriptRoot 'common.ps1')

# What was built last: line 1 says what was asked for, line 2 the folder of the program.
$bin = Join-Path $Root 'src\Diffuse.Cli\bin'
$current = Join-Path $bin 'current'
$asked = "$env:TorchProvider $env:TorchDevice $env:ImageProvider $env:LIBTORCH"

function Test-Newer([string] $Folder, [datetime] $Than) {
    if ([IO.Directory]::GetLastWriteTimeUtc($Folder) -gt $Than) { return $true }
    foreach ($file in [IO.Directory]::EnumerateFiles($Folder)) {
        if ([IO.File]::GetLastWriteTimeUtc($file) -gt $Than) { return $true }
    }
    foreach ($inner in [IO.Directory]::EnumerateDirectories($Folder)) {
        $name = [IO.Path]::GetFileName($inner)
        if ($name -ne 'bin' -and $name -ne 'obj' -and -not $name.StartsWith('.') -and (Test-Newer $inner $Than)) { return $true }
    }
    return $false
}

# The folder of the program if it is up to date, else nothing.
function Get-Program {
    if (-not (Test-Path $current)) { return }
    $lines = @([IO.File]::ReadAllLines($current))
    if ($lines.Count -lt 2 -or $lines[0] -ne $asked -or -not (Test-Path (Join-Path $lines[1] 'diffuse.dll'))) { return }
    $stamp = [IO.File]::GetLastWriteTimeUtc($current)
    if (Test-Newer (Join-Path $Root 'src') $stamp) { return }
    if ([IO.File]::GetLastWriteTimeUtc((Join-Path $Root 'global.json')) -gt $stamp) { return }
    return $lines[1]
}

function Build-Program {
    $clock = [Diagnostics.Stopwatch]::StartNew()
    Assert-Sdk
    Select-Providers
    $folder = Join-Path $bin "$(Get-ProvidersFolder)\run"
    foreach ($project in [IO.Directory]::EnumerateDirectories((Join-Path $Root 'src'))) {
        foreach ($name in 'bin', 'obj') { [void][IO.Directory]::CreateDirectory((Join-Path $project $name)) } # before the stamp
    }
    [IO.File]::WriteAllLines("$current.new", [string[]]@($asked, $folder))

    $cli = Join-Path $Root 'src\Diffuse.Cli\Diffuse.Cli.csproj'
    $options = @(
        '--use-current-runtime', '-nologo', '-v', 'quiet', '-p:RunAnalyzers=false', '-p:TreatWarningsAsErrors=false',
        '-p:CreateHardLinksForCopyFilesToOutputDirectoryIfPossible=true')
    $what = 'building, a minute or two the first time'
    if ($env:TorchProvider -eq 'package' -and $env:TorchDevice -eq 'cuda') { $what += ', and a download of some gigabytes' }
    $log = [IO.Path]::GetTempFileName()
    $ready = @()
    # Machine code made beforehand halves the time to start; where its compiler cannot be restored, the program compiles itself.
    Say $what
    if (Invoke-Logged $log 'dotnet' (@('restore', $cli, '-p:PublishReadyToRun=true') + $options)) {
        $ready = @('--no-restore', '-p:PublishReadyToRun=true')
    }
    Remove-Item $log
    $publish = @('publish', $cli, '-c', 'Release', '--self-contained', 'false', "-p:PublishDir=$folder/")
    Invoke-Step 'compiling' ($publish + $options + $ready)
    Move-Item -Force "$current.new" $current
    Say "built in $([int]$clock.Elapsed.TotalSeconds) s"
}

$program = Get-Program
if (-not $program) {
    [void][IO.Directory]::CreateDirectory($bin)
    $lock = $null
    while (-not $lock) { # two starts at once: the second waits, then finds it built
        try {
            $lock = [IO.File]::Open((Join-Path $bin 'lock'), 'OpenOrCreate', 'ReadWrite', 'None')
        } catch [IO.IOException] {
            Start-Sleep -Milliseconds 500
        }
    }
    try {
        $program = Get-Program
        if (-not $program) {
            Build-Program
            $program = @([IO.File]::ReadAllLines($current))[1]
        }
    } finally {
        $lock.Dispose()
    }
}
& dotnet (Join-Path $program 'diffuse.dll') @arguments
exit $LASTEXITCODE
