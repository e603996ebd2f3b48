# Brings 3,786 emoji (64x64 PNG, Twitter's drawings, CC-BY 4.0) into data/emoji with metadata.jsonl: file_name, text (the emoji's
# name) and label (its category). From npm's package emoji-datasource-twitter, else from the same project's repository.
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

function Test-Archive([string] $File) { (Test-Path $File) -and (Get-FileHash -Algorithm SHA256 $File).Hash -eq $sum }

if (Test-Path (Join-Path $Target 'metadata.jsonl')) {
    if (-not (Test-Count $Target)) { Die "$Target is there but does not hold $count emoji; move it away and run this again" }
    Say "$count emoji are in $Target"
    exit 0
}
if (Test-Path $Target) { Die "$Target is there and is not this script's; move it away" }
if (-not (Get-Command dotnet -ErrorAction SilentlyContinue)) { Die 'the .NET SDK 10 is needed: https://dotnet.microsoft.com/download' }

$part = Join-Path (Split-Path -Parent $Target) ".$(Split-Path -Leaf $Target).part"
[void][IO.Directory]::CreateDirectory($part)
$file = Join-Path $part $archive
$images = $null
if (Get-Command npm.cmd -ErrorAction SilentlyContinue) {
    if (-not (Test-Archive $file)) {
        Say "downloading npm's package emoji-datasource-twitter $version (59 MB)"
        Push-Location $part
        & npm.cmd pack --silent "emoji-datasource-twitter@$version" | Out-Null
        Pop-Location
    }
    if (Test-Archive $file) {
        & tar -xzf $file -C $part package/img/twitter/64 package/emoji.json
        if ($LASTEXITCODE -ne 0) { Die "could not unpack $file" }
        $images = Join-Path $part 'package\img\twitter\64'
        $list = Join-Path $part 'package\emoji.json'
    } else {
        if (Test-Path $file) { Remove-Item $file }
        Say 'npm cannot bring it'
    }
}
if (-not $images) {
    if (-not (Get-Command git -ErrorAction SilentlyContinue)) { Die 'npm or git is needed to download the emoji' }
    Say "downloading from $repository"
    $clone = Join-Path $part 'repository'
    if (Test-Path $clone) { Remove-Item -Recurse -Force $clone }
    & git clone -q --depth 1 --branch "v$version" --filter=blob:none --sparse $repository $clone
    if ($LASTEXITCODE -eq 0) { & git -C $clone sparse-checkout set img-twitter-64 }
    if ($LASTEXITCODE -ne 0) { Die "could not download from $repository; run it again" }
    $images = Join-Path $clone 'img-twitter-64'
    $list = Join-Path $clone 'emoji.json'
}

& dotnet run (Join-Path $PSScriptRoot 'emoji-metadata.cs') -- $list $images
if ($LASTEXITCODE -ne 0) { Die 'could not write metadata.jsonl' }
if (-not (Test-Count $images)) { Die "the download does not hold $count emoji" }
Move-Item $images $Target
Remove-Item -Recurse -Force $part
Say "$count emoji are in $Target"
