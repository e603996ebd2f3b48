# Brings Fashion-MNIST (60,000 training and 10,000 test images, MIT) into data/fashion-mnist: four IDX files and classes.txt.
# What is there and whole is kept; an interrupted download goes on where it stopped.
param([string] $Target)
if ($IsLinux -or $IsMacOS) {
    & bash (Join-Path $PSScriptRoot 'get-fashion-mnist') @(if ($Target) { $Target })
    exit $LASTEXITCODE
}
$ErrorActionPreference = 'Stop'
$root = Split-Path -Parent $PSScriptRoot
if (-not $Target) { $Target = Join-Path $root 'data\fashion-mnist' }
$address = 'http://fashion-mnist.s3-website.eu-central-1.amazonaws.com'

# SHA-256 of what is inside each .gz.
$sums = [ordered]@{
    'train-images-idx3-ubyte' = 'c59f468a2f672dc815687fe0f83887768d799fd8a3f3276145d20f83aa44d888'
    'train-labels-idx1-ubyte' = 'bad3541b69d912435c50bb6ba87bec294ff4f6a2e1246121d8633921760443d9'
    't10k-images-idx3-ubyte'  = '5b4141f0afbad91edebe8549f8fcffe087ea10ca49f1dbef5c9a5cd8815ce37b'
    't10k-labels-idx1-ubyte'  = '0402a96d92fd2663957122ceb108a494c5af83dab82d92729df917d7dec38c34'
}

function Say([string] $Text) { [Console]::Error.WriteLine("get-fashion-mnist: $Text") }

function Die([string] $Text) {
    Say $Text
    exit 1
}

function Test-Whole([string] $File, [string] $Sum) {
    if (-not (Test-Path $File)) { return $false }
    $stream = $null
    $sha = [Security.Cryptography.SHA256]::Create()
    try {
        $stream = New-Object IO.Compression.GZipStream([IO.File]::OpenRead($File), [IO.Compression.CompressionMode]::Decompress)
        return [BitConverter]::ToString($sha.ComputeHash($stream)).Replace('-', '').ToLowerInvariant() -eq $Sum
    } catch [IO.InvalidDataException] {
        return $false
    } finally {
        if ($stream) { $stream.Dispose() }
        $sha.Dispose()
    }
}

$part = Join-Path $Target '.part'
[void][IO.Directory]::CreateDirectory($part)
foreach ($name in $sums.Keys) {
    $file = "$name.gz"
    if (Test-Whole (Join-Path $Target $file) $sums[$name]) { continue }
    $partial = Join-Path $part $file
    if (-not (Test-Whole $partial $sums[$name])) {
        Say "downloading $file"
        if (Get-Command curl.exe -ErrorAction SilentlyContinue) {
            & curl.exe -fL --retry 3 -C - -o $partial "$address/$file"
            if ($LASTEXITCODE -ne 0) { Die "could not download $address/$file; run it again to go on" }
        } else {
            try {
                Invoke-WebRequest -UseBasicParsing "$address/$file" -OutFile $partial
            } catch {
                Die "could not download $address/$file`: $_"
            }
        }
        if (-not (Test-Whole $partial $sums[$name])) {
            Remove-Item $partial
            Die "$file is damaged: its SHA-256 is not $($sums[$name]); run it again"
        }
    }
    Move-Item -Force $partial (Join-Path $Target $file)
}
Remove-Item -Recurse -Force $part
Copy-Item (Join-Path $root 'configs\data\fashion-mnist-10k\classes.txt') (Join-Path $Target 'classes.txt')
Say "60,000 training and 10,000 test images are in $Target"
