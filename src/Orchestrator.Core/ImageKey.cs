using System.Globalization;

namespace Orchestrator.Core;

/// <summary>
/// The first 48 bits of an image's digest as a number. Each host says of hundreds of images that it holds them, and a
/// preference need not be surer than that.
/// </summary>
public static class ImageKey
{
    /// <summary>What a host holds beyond those that it used last is not asked for.</summary>
    public const int MaxPerHost = 200;

    public const int HexDigits = 12;

    /// <param name="hex">At least <see cref="HexDigits"/> lower-case hexadecimal digits.</param>
    public static long Of(string hex) =>
        long.Parse(hex.AsSpan(0, HexDigits), NumberStyles.AllowHexSpecifier, CultureInfo.InvariantCulture);
}
