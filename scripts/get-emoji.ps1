# Brings 3,786 emoji (64x64 PNG, Twitter's drawings, CC-BY 4.0) into data/emoji with metadata.jsonl: file_name, text (the emoji's
# name, of smileys with the colour) and label (its category). From npm's packages emoji-datasource-twitter and unicode-emoji-json (the names), else from the same projects' repositories.
param([string] $Target)
if ($IsLinux -or $IsMacOS) {
    & bash (Join-Path $PSScriptRoot 'get-emoji') @(if ($Target) { $Target })
    exit $LASTEXITCODE
}
$ErrorActionPreference = 'Stop'
$root = Split-Path -Parent $PSScriptRoot
if (-not $Target) { $Target = Join-Path $root 'data\emoji' }
$version = '16.0.0'
$archive = "emoji-datasource-twitter-$version.tgz"
$sum = 'f64a530c63bca463bd8317fdc4615ce63a53a0c65018e4ce2d848aaba7a28877'
$repository = 'https://github.com/iamcal/emoji-data'
$namesVersion = '0.9.0'
$namesArchive = "unicode-emoji-json-$namesVersion.tgz"
$namesSum = 'ae7efacb55533385bf8767d613dbd36c71226669759d95919a6e9059f5e4c401'
$namesRepository = 'https://github.com/muan/unicode-emoji-json'
$count = 3786

function Say([string] $Text) { [Console]::Error.WriteLine("get-emoji: $Text") }

function Die([string] $Text) {
    Say $Text
    exit 1
}

function Test-Count([string] $Folder) {
    $pngs = @([IO.Directory]::EnumerateFiles($Folder, '*.png')).Count
    $lines = @([IO.File]::ReadAllLines((Join-Path $Folder 'metadata.jsonl'))).Count
    return $pngs -eq $count -and $lines -eq $count
}

function Test-Archive([string] $File, [string] $Sum) { (Test-Path $File) -and (Get-FileHash -Algorithm SHA256 $File).Hash -eq $Sum }

# Whether npm's package is in the part folder now, whole.
function Get-Package([string] $Name, [string] $Version, [string] $File, [string] $Sum) {
    if (-not (Test-Archive $File $Sum)) {
        Say "downloading npm's package $Name $Version"
        Push-Location $part
        & npm.cmd pack --silent "$Name@$Version" | Out-Null
        Pop-Location
    }
    if (Test-Archive $File $Sum) { return $true }
    if (Test-Path $File) { Remove-Item $File }
    Say 'npm cannot bring it'
    return $false
}

function Copy-Repository([string] $Repository, [string] $Folder, [string] $Path, [string[]] $Options) {
    Say "downloading from $Repository"
    if (Test-Path $Folder) { Remove-Item -Recurse -Force $Folder }
    & git clone -q --depth 1 --filter=blob:none --sparse @Options $Repository $Folder
    if ($LASTEXITCODE -eq 0 -and $Path) { & git -C $Folder sparse-checkout set $Path }
    if ($LASTEXITCODE -ne 0) { Die "could not download from $Repository; run it again" }
}

if (Test-Path (Join-Path $Target 'metadata.jsonl')) {
    if (-not (Test-Count $Target)) { Die "$Target is there but does not hold $count emoji; move it away and run this again" }
    Say "$count emoji are in $Target"
    exit 0
}
if (Test-Path $Target) { Die "$Target is there and is not this script's; move it away" }
if (-not (Get-Command dotnet -ErrorAction SilentlyContinue)) { Die 'the .NET SDK 10 is needed: https://dotnet.microsoft.com/download' }

$part = Join-Path (Split-Path -Parent $Target) ".$(Split-Path -Leaf $Target).part"
[void][IO.Directory]::CreateDirectory($part)
$images = $null
if (Get-Command npm.cmd -ErrorAction SilentlyContinue) {
    $file = Join-Path $part $archive
    $namesFile = Join-Path $part $namesArchive
    if ((Get-Package 'emoji-datasource-twitter' $version $file $sum) -and (Get-Package 'unicode-emoji-json' $namesVersion $namesFile $namesSum)) {
        & tar -xzf $file -C $part package/img/twitter/64 package/emoji.json
        if ($LASTEXITCODE -ne 0) { Die "could not unpack $file" }
        & tar -xzf $namesFile -C $part package/data-by-emoji.json
        if ($LASTEXITCODE -ne 0) { Die "could not unpack $namesFile" }
        $images = Join-Path $part 'package\img\twitter\64'
        $list = Join-Path $part 'package\emoji.json'
        $names = Join-Path $part 'package\data-by-emoji.json'
    }
}
if (-not $images) {
    if (-not (Get-Command git -ErrorAction SilentlyContinue)) { Die 'npm or git is needed to download the emoji' }
    $clone = Join-Path $part 'images'
    $namesClone = Join-Path $part 'names'
    Copy-Repository $repository $clone 'img-twitter-64' @('--branch', "v$version")
    Copy-Repository $namesRepository $namesClone '' @() # the latest: names are not changed once they are given
    $images = Join-Path $clone 'img-twitter-64'
    $list = Join-Path $clone 'emoji.json'
    $names = Join-Path $namesClone 'data-by-emoji.json'
}

& dotnet run (Join-Path $PSScriptRoot 'emoji-metadata.cs') -- $list $names $images
if ($LASTEXITCODE -ne 0) { Die 'could not write metadata.jsonl' }
if (-not (Test-Count $images)) { Die "the download does not hold $count emoji" }
Move-Item $images $Target
Remove-Item -Recurse -Force $part
Say "$count emoji are in $Target"
