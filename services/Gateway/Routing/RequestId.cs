using System.Globalization;

namespace Orchestrator.Gateway.Routing;

/// <summary>
/// Where a request falls, from 0 to below 2⁶⁴. Only its id and the route decide, so that gateways agree without asking each
/// other, and no route's split follows another's. Gateways of other versions must agree too: this never changes.
/// </summary>
internal static class RequestId
{
    /// <summary>Sixteen lower-case hexadecimal digits, as the gateway makes them, are the number that they are.</summary>
    private const int Digits = 16;

    private const string Format = "x16";

    /// <summary>2⁶⁴/φ.</summary>
    private const ulong GoldenStep = 0x9E37_79B9_7F4A_7C15;

    public static ulong PointOf(string id, ulong route) => Mix(NumberOf(id) ^ route);

    /// <summary>The id that falls on the point at that route.</summary>
    public static string At(ulong point, ulong route) =>
        (Unmix(point) ^ route).ToString(Format, CultureInfo.InvariantCulture);

    /// <summary>
    /// The n-th request falls on the fractional part of n·φ, from anywhere on: any run of requests, and every second or
    /// third of them, is spread as evenly as can be.
    /// </summary>
    public static ulong NthPoint(ulong start, ulong number) => unchecked(start + (number * GoldenStep));

    /// <summary>A different draw than the point itself, else version and endpoint would go together.</summary>
    public static ulong Redraw(ulong point) => Mix(unchecked(point + GoldenStep));

    /// <summary>FNV-1a.</summary>
    public static ulong NumberOf(string text)
    {
        if (
            text.Length == Digits
            && ulong.TryParse(text, NumberStyles.AllowHexSpecifier, CultureInfo.InvariantCulture, out var number)
            && !text.AsSpan().ContainsAnyInRange('A', 'F')
        )
        {
            return number;
        }

        var hash = 0xCBF2_9CE4_8422_2325;
        foreach (var character in text)
        {
            hash = unchecked((hash ^ character) * 0x0000_0100_0000_01B3);
        }

        return hash;
    }

    /// <summary>SplitMix64's last step, which loses nothing.</summary>
    private static ulong Mix(ulong value)
    {
        value = unchecked((value ^ (value >> 30)) * 0xBF58_476D_1CE4_E5B9);
        value = unchecked((value ^ (value >> 27)) * 0x94D0_49BB_1331_11EB);
        return value ^ (value >> 31);
    }

    private static ulong Unmix(ulong value)
    {
        value = unchecked((value ^ (value >> 31) ^ (value >> 62)) * 0x3196_42B2_D24D_8EC3);
        value = unchecked((value ^ (value >> 27) ^ (value >> 54)) * 0x96DE_1B17_3F11_9089);
        return value ^ (value >> 30) ^ (value >> 60);
    }
}
