namespace Diffuse.Imaging;

/// <summary>
/// A font of 5 x 8 dots (the last row holds descenders) for the printable ASCII characters; anything else is drawn as '?'.
/// </summary>
internal static class BitmapFont
{
    /// <summary>Dots from one character to the next.</summary>
    public const int Advance = 6;

    public const int Height = 8;

    private const int Columns = 5;

    // Five bytes a character from the space on, a byte a column from the left, bit 0 at the top.
    private static readonly byte[] glyphs = Convert.FromHexString(Dots);

    private const string Dots =
        "000000000000005F00000007000700147F147F14242A7F2A12231308646236495522500004030000" +
        "001C2241000041221C0014083E081408083E08080080602000080808080800606000006010080403" +
        "3E5149453E00427F400042615149462141454B311814127F1027454545393C4A4949300171090503" +
        "3649494936064949291E003636000000563600000814224100141414141400412214080201510906" +
        "3E415D555E7E0909097E7F494949363E414141227F4141221C7F494949417F090909013E4149497A" +
        "7F0808087F00417F41002040413F017F081422417F404040407F020C027F7F0408107F3E4141413E" +
        "7F090909063E4151215E7F09192946464949493101017F01013F4040403F1F2040201F3F4038403F" +
        "631408146303047804036151494543007F41410003040810600041417F0004020102044040404040" +
        "000102040020545454787F444444383844444420384444447F3854545418087E09010218A4A4A47C" +
        "7F0804047800447D40004080847D007F1028440000417F40007C043804787C080404783844444438" +
        "FC2424241818242424FC7C080404084854545424043F4440203C4040207C1C2040201C3C4030403C" +
        "44281028441CA0A0A07C4464544C44000836410000007F000000413608000804081008";

    /// <summary>Pixels that the text takes in width.</summary>
    public static int Width(string text, int scale) => text.Length == 0 ? 0 : (text.Length * Advance - 1) * scale;

    /// <summary>The longest beginning of the text that fits, two dots standing for what is left out.</summary>
    public static string Fitted(string text, int scale, int width)
    {
        if (Width(text, scale) <= width)
        {
            return text;
        }

        var length = Math.Max(0, (width / scale + 1) / Advance);
        return length > 2 ? text[..(length - 2)] + ".." : text[..Math.Min(length, text.Length)];
    }

    /// <summary>
    /// Draws the text with its upper left corner at (y, x), each dot a square of <paramref name="scale"/> pixels; what lies outside is
    /// cut off.
    /// </summary>
    public static void Draw(Raster image, string text, int y, int x, int scale, Rgb colour)
    {
        for (var i = 0; i < text.Length; i++)
        {
            var glyph = (text[i] is >= ' ' and <= '~' ? text[i] : '?') - ' ';
            for (var column = 0; column < Columns; column++)
            {
                for (var row = 0; row < Height; row++)
                {
                    if ((glyphs[glyph * Columns + column] >> row & 1) != 0)
                    {
                        image.Fill(y + row * scale, x + (i * Advance + column) * scale, scale, scale, colour);
                    }
                }
            }
        }
    }
}
