using System.Buffers.Binary;
using System.IO.Compression;
using System.Text;
using Diffuse.Imaging;

namespace Diffuse.Tests.Imaging;

/// <summary>
/// Image files as bytes. Those named after a format show one picture of 16 rows and 24 columns: quadrants in red (220, 20, 20), green
/// (20, 200, 20), blue (20, 20, 220) and white (240, 240, 240), from the top left to the bottom right.
/// </summary>
internal static class SomeFiles
{
    public const int Height = 16;
    public const int Width = 24;

    public static readonly Rgb Red = new(220, 20, 20), Green = new(20, 200, 20), Blue = new(20, 20, 220), White = new(240, 240, 240);

    public static byte[] Jpeg { get; } = Convert.FromBase64String(
        "/9j/2wBDAAMCAgMCAgMDAwMEAwMEBQgFBQQEBQoHBwYIDAoMDAsKCwsNDhIQDQ4RDgsLEBYQERMUFRUVDA8XGBYUGBIUFRT/2wBDAQMEBAUEBQkFBQkUDQsNFBQUFBQU" +
        "FBQUFBQUFBQUFBQUFBQUFBQUFBQUFBQUFBQUFBQUFBQUFBQUFBQUFBQUFBT/wAARCAAQABgDAREAAhEBAxEB/8QAFgAAAwAAAAAAAAAAAAAAAAAABggJ/8QAHBABAAAH" +
        "AQAAAAAAAAAAAAAAAAcJRUeDhcLE/8QAGAEBAAMBAAAAAAAAAAAAAAAACAUGCQf/xAAgEQEAAAQHAQAAAAAAAAAAAAAAgYPBwwQFBwhCQ0RF/9oADAMBAAIRAxEAPwBf" +
        "3JGhY9hZVMXau5x1xoCu5/40+yPlcBYkLasnVB5TV1NV7B51b8My2lsByhVQcekq/9k=");

    public static byte[] CmykJpeg { get; } = Convert.FromBase64String(
        "/9j/7gAOQWRvYmUAZAAAAAAA/9sAQwADAgIDAgIDAwMDBAMDBAUIBQUEBAUKBwcGCAwKDAwLCgsLDQ4SEA0OEQ4LCxAWEBETFBUVFQwPFxgWFBgSFBUU/8AAFAgAEAAY" +
        "BEMRAE0RAFkRAEsRAP/EABkAAQADAQEAAAAAAAAAAAAAAAkEBQgKAP/EACQQAQAAAwYHAAAAAAAAAAAAAAAJR8QEBUOBhcEGCEJERoKE/9oADgRDAE0AWQBLAAA/AFTH" +
        "0N8mDIvP54J99OSyDPN/R65ScSdt7bLG58bLdkYlilWTB7m5dVDxKYNc39HrSOQfZtaRWo9r6M0G8sPPYlRHEdCf/9k=");

    public static byte[] Webp { get; } = Convert.FromBase64String(
        "UklGRhoBAABXRUJQVlA4WAoAAAAIAAAAFwAADwAAVlA4TDoAAAAvF8ADAB8gJCCM8T8ZZo5CthGgYZ0/z4sgFEBkgsh/hRPC/Me/BkoIhNlGk5zkJO9/BBH9D3XbswKe" +
        "RVhJRroAAABFeGlmAABJSSoACAAAAAYAEgEDAAEAAAABAAAAGgEFAAEAAABWAAAAGwEFAAEAAABeAAAAKAEDAAEAAAACAAAAEwIDAAEAAAABAAAAaYcEAAEAAABmAAAA" +
        "AAAAADhjAADoAwAAOGMAAOgDAAAGAACQBwAEAAAAMDIxMAGRBwAEAAAAAQIDAACgBwAEAAAAMDEwMAGgAwABAAAA//8AAAKgBAABAAAAGAAAAAOgBAABAAAAEAAA" +
        "AAAAAAA=");

    public static byte[] Gif { get; } = Convert.FromBase64String(
        "R0lGODlhGAAQAIIAAEdwTBQU3PDw8NwUFBTIFAAAAAAAAAAAACH/C05FVFNDQVBFMi4wAwEAAAAh+QQFAAAAACwAAAAAGAAQAAADODi6rPQwvkaHvKQ2LDXjkbeAkOiQ" +
        "mYmm4hq8cPwKdG3Tch7cvKDLvdsvFrQNYcXacZb0LZvOIzQBADs=");

    public static byte[] Tiff { get; } = Convert.FromBase64String(
        "SUkqAIAAAACANwKBQAQWDQeEQmFQgcLSFw+IQqBQSIxWHw2LRmJQONR2CxiPR2JyGNSCSRaRyeKyaVRCUy2Lw6YS6OTOFyybQiXzmDzieQWBtyfzqBUOD0GjQZuUWkgC" +
        "kU2lxSk0+k1Gm04KUKoUyp1mr1am1SjWCu1qq1yjQEAQAAABAwABAAAAGAAAAAEBAwABAAAAEAAAAAIBAwADAAAAVgEAAAMBAwABAAAABQAAAAYBAwABAAAAAgAAABEB" +
        "BAABAAAACAAAABIBAwABAAAAAQAAABUBAwABAAAAAwAAABYBAwABAAAAgAAAABcBBAABAAAAeAAAABoBBQABAAAARgEAABsBBQABAAAATgEAABwBAwABAAAAAQAAACgB" +
        "AwABAAAAAwAAAD0BAwABAAAAAgAAAFMBAwADAAAAXAEAAAAAAAAKAAAAAQAAAAoAAAABAAAACAAIAAgAAQABAAEA");

    public static byte[] Png { get; } = WrittenPng();

    public static Raster Quadrants { get; } = PaintedQuadrants();

    /// <summary>Uncompressed, 24 bits, rows from the bottom up.</summary>
    public static byte[] Bmp()
    {
        var file = new byte[54 + Height * Width * 3];
        (file[0], file[1], file[10], file[14]) = ((byte)'B', (byte)'M', 54, 40);
        (file[18], file[22], file[26], file[28]) = (Width, Height, 1, 24);
        BinaryPrimitives.WriteInt32LittleEndian(file.AsSpan(2), file.Length);
        for (var y = 0; y < Height; y++)
        {
            var row = Quadrants.Row(Height - 1 - y);
            for (var x = 0; x < Width; x++)
            {
                var p = 54 + (y * Width + x) * 3;
                (file[p], file[p + 1], file[p + 2]) = (row[3 * x + 2], row[3 * x + 1], row[3 * x]);
            }
        }

        return file;
    }

    /// <summary>The JPEG with an EXIF segment that says how to turn it.</summary>
    public static byte[] TurnedJpeg(int orientation)
    {
        byte[] tiff =
        [
            .. "II*\0"u8, 8, 0, 0, 0, // little-endian, first directory at 8
            1, 0, // one entry: tag 0x0112, type SHORT, one value
            0x12, 0x01, 3, 0, 1, 0, 0, 0, (byte)orientation, 0, 0, 0,
            0, 0, 0, 0,
        ];
        byte[] body = [.. "Exif\0\0"u8, .. tiff];
        return [0xFF, 0xD8, 0xFF, 0xE1, 0, (byte)(body.Length + 2), .. body, .. Jpeg.AsSpan(2)];
    }

    /// <summary>Any PNG: colour type 0 grey, 2 RGB, 3 palette, 4 grey and alpha, 6 RGBA; rows as they are stored.</summary>
    public static byte[] AnyPng(
        int width, int height, byte bits, byte colourType, byte[] rows, byte[]? palette = null, byte[]? transparency = null)
    {
        using var file = new MemoryStream();
        file.Write([0x89, .. "PNG\r\n"u8, 0x1A, 0x0A]);
        var header = new byte[13];
        BinaryPrimitives.WriteInt32BigEndian(header, width);
        BinaryPrimitives.WriteInt32BigEndian(header.AsSpan(4), height);
        (header[8], header[9]) = (bits, colourType);
        Diffuse.Imaging.Png.Chunk(file, "IHDR", header);
        if (palette is not null)
        {
            Diffuse.Imaging.Png.Chunk(file, "PLTE", palette);
        }

        if (transparency is not null)
        {
            Diffuse.Imaging.Png.Chunk(file, "tRNS", transparency);
        }

        using var data = new MemoryStream();
        using (var zlib = new ZLibStream(data, CompressionLevel.Fastest))
        {
            var stride = rows.Length / Math.Max(1, height);
            for (var y = 0; y < height && stride > 0; y++)
            {
                zlib.WriteByte(0);
                zlib.Write(rows, y * stride, stride);
            }
        }

        Diffuse.Imaging.Png.Chunk(file, "IDAT", data.ToArray());
        Diffuse.Imaging.Png.Chunk(file, "IEND", []);
        return file.ToArray();
    }

    /// <summary>A small PNG of one colour.</summary>
    public static byte[] Plain(Rgb colour, int height = 8, int width = 8)
    {
        var image = new Raster(height, width, 3);
        image.Fill(0, 0, height, width, colour);
        using var file = new MemoryStream();
        Diffuse.Imaging.Png.Write(file, image);
        return file.ToArray();
    }

    public static byte[] Text => Encoding.ASCII.GetBytes("<html>not an image</html>");

    private static Raster PaintedQuadrants()
    {
        var image = new Raster(Height, Width, 3);
        image.Fill(0, 0, 8, 12, Red);
        image.Fill(0, 12, 8, 12, Green);
        image.Fill(8, 0, 8, 12, Blue);
        image.Fill(8, 12, 8, 12, White);
        return image;
    }

    private static byte[] WrittenPng()
    {
        using var file = new MemoryStream();
        Diffuse.Imaging.Png.Write(file, PaintedQuadrants());
        return file.ToArray();
    }
}
