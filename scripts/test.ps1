# Sets up what is missing, builds everything, checks the code against the packages' API and runs all tests. Ends with a line
# "N passed, N failed". Arguments go to dotnet test, for instance --filter Samplers.
if ($IsLinux -or $IsMacOS) {
    & bash (Join-Path $PSScriptRoot 'test') @args
    exit $LASTEXITCODE
}
. (Join-Path $PSScriptRoot 'common.ps1')
Assert-Sdk
Select-Providers
Set-Location $Root
Invoke-Step 'building' @('build', 'diffuse.sln', '-c', 'Release', '-nologo', '-v', 'quiet')
$shell = (Get-Process -Id $PID).Path
& $shell -NoProfile -ExecutionPolicy Bypass -File (Join-Path $PSScriptRoot 'check-api.ps1')
if ($LASTEXITCODE -ne 0) { exit 1 }

$passed = 0
$failed = 0
$skipped = 0
$status = 0
$ErrorActionPreference = 'Continue'
foreach ($project in Get-ChildItem tests\*.Tests\*.csproj) {
    Say "testing $($project.BaseName)"
    & dotnet test $project.FullName -c Release --no-build -nologo @args 2>&1 | ForEach-Object { "$_" } | ForEach-Object {
        $_
        if ($_ -match '^(?:Passed|Failed|Skipped)! +- Failed: +(\d+), Passed: +(\d+), Skipped: +(\d+)') {
            $failed += [int]$Matches[1]
            $passed += [int]$Matches[2]
            $skipped += [int]$Matches[3]
        }
    }
    if ($LASTEXITCODE -ne 0) { $status = 1 }
}
if ($status -ne 0 -and $failed -eq 0) { Say 'a test run ended before its tests did' }
if ($skipped -eq 0) { "$passed passed, $failed failed" } else { "$passed passed, $failed failed, $skipped skipped" }
exit $status
