# Compiles the product against the public API of the packages TorchSharp and ImageSharp; see check-api.
if ($IsLinux -or $IsMacOS) {
    & bash (Join-Path $PSScriptRoot 'check-api') @args
    exit $LASTEXITCODE
}
. (Join-Path $PSScriptRoot 'common.ps1')
Assert-Sdk
Invoke-Step 'checking the product against the public API of TorchSharp 0.106.0 and ImageSharp 3.1.12' @(
    'build', (Join-Path $Root 'src\Diffuse.Cli\Diffuse.Cli.csproj'), '-p:TorchProvider=stub', '-p:ImageProvider=stub',
    '-p:RunAnalyzers=false', '-p:GenerateDocumentationFile=false', '-nologo', '-v', 'quiet')
