# Trains, samples and evaluates every config of configs\<system>\ and writes one page; see gallery.
if ($IsLinux -or $IsMacOS) {
    & bash (Join-Path $PSScriptRoot 'gallery') @args
    exit $LASTEXITCODE
}
. (Join-Path $PSScriptRoot 'common.ps1')
Assert-Sdk
& dotnet run (Join-Path $PSScriptRoot 'gallery.cs') -- $Root @args
exit $LASTEXITCODE
