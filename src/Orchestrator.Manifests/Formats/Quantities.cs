using System.Globalization;
using Orchestrator.Manifests.Yaml;

namespace Orchestrator.Manifests.Formats;

/// <summary>CPU, memory and disk, as in Kubernetes.</summary>
internal static class Quantities
{
    /// <summary>A thousand CPUs, so that sums over a host stay far from an overflow.</summary>
    private const int MaxMillicores = 1_000_000;

    /// <summary>Sixteen TiB.</summary>
    private const int MaxMebibytes = 16 * 1024 * 1024;

    private const int MaxDigits = 9;

    public static int? Cpu(string text, Complain complain)
    {
        var isMillicores = text.EndsWith('m');
        var number = isMillicores ? text[..^1] : text;
        var millicores = isMillicores ? Whole(number) : Thousandths(number);
        if (millicores is > 0 and <= MaxMillicores)
        {
            return (int)millicores;
        }

        complain(
            new Complaint(
                millicores is null ? ManifestErrorCodes.InvalidCpu : ManifestErrorCodes.OutOfRange,
                $"{Shown.Quoted(text)} is not an amount of CPU{(millicores is null ? "" : " from 1m to 1000")}.",
                "Write thousandths of a CPU, such as 100m, or CPUs, such as 0.5 or 1, more than 0 and at most 1000."
            )
        );
        return null;
    }

    public static int? Memory(string text, Complain complain) =>
        Size(text, "memory", ManifestErrorCodes.InvalidMemory, complain);

    public static int? Disk(string text, Complain complain) =>
        Size(text, "disk", ManifestErrorCodes.InvalidDisk, complain);

    private static int? Size(string text, string what, string code, Complain complain)
    {
        var factor = Factor(text);
        var mebibytes = factor is null ? null : Whole(text[..^2]) * factor;
        if (mebibytes is > 0 and <= MaxMebibytes)
        {
            return (int)mebibytes;
        }

        complain(
            new Complaint(
                mebibytes is null ? code : ManifestErrorCodes.OutOfRange,
                $"{Shown.Quoted(text)} is not an amount of {what}{(mebibytes is null ? "" : " from 1Mi to 16Ti")}.",
                "Write whole mebibytes, gibibytes or tebibytes, such as 64Mi, 1Gi or 2Ti, at most 16Ti."
            )
        );
        return null;
    }

    private static long? Factor(string text) =>
        text.Length < 2
            ? null
            : text[^2..] switch
            {
                "Mi" => 1,
                "Gi" => 1024,
                "Ti" => 1024 * 1024,
                _ => null,
            };

    private static long? Whole(string text) =>
        text.Length is > 0 and <= MaxDigits && text.All(char.IsAsciiDigit)
            ? long.Parse(text, NumberStyles.None, CultureInfo.InvariantCulture)
            : null;

    private static long? Thousandths(string text)
    {
        var point = text.IndexOf('.', StringComparison.Ordinal);
        if (point < 0)
        {
            return Whole(text) * 1000;
        }

        const int Places = 3;
        var fraction = text[(point + 1)..];
        return fraction.Length is > 0 and <= Places
            ? (Whole(text[..point]) * 1000) + Whole(fraction.PadRight(Places, '0'))
            : null;
    }
}
