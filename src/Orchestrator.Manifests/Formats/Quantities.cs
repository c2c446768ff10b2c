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

    /// <summary>Of a quota: a million CPUs, for all that a team runs.</summary>
    private const long MaxTotalMillicores = 1_000_000_000;

    /// <summary>Of a quota: sixteen PiB.</summary>
    private const long MaxTotalMebibytes = 16L * 1024 * 1024 * 1024;

    private const int MaxDigits = 9;

    public static int? Cpu(string text, Complain complain) => (int?)Cpu(text, MaxMillicores, complain);

    public static int? Memory(string text, Complain complain) =>
        (int?)Size(text, "memory", MaxMebibytes, ManifestErrorCodes.InvalidMemory, complain);

    public static int? Disk(string text, Complain complain) =>
        (int?)Size(text, "disk", MaxMebibytes, ManifestErrorCodes.InvalidDisk, complain);

    public static long? TotalCpu(string text, Complain complain) => Cpu(text, MaxTotalMillicores, complain);

    public static long? TotalMemory(string text, Complain complain) =>
        Size(text, "memory", MaxTotalMebibytes, ManifestErrorCodes.InvalidMemory, complain);

    public static long? TotalDisk(string text, Complain complain) =>
        Size(text, "disk", MaxTotalMebibytes, ManifestErrorCodes.InvalidDisk, complain);

    private static long? Cpu(string text, long most, Complain complain)
    {
        var isMillicores = text.EndsWith('m');
        var number = isMillicores ? text[..^1] : text;
        var millicores = isMillicores ? Whole(number) : Thousandths(number);
        if (millicores > 0 && millicores <= most)
        {
            return millicores;
        }

        var cpus = string.Create(CultureInfo.InvariantCulture, $"{most / 1000}");

        complain(
            new Complaint(
                millicores is null ? ManifestErrorCodes.InvalidCpu : ManifestErrorCodes.OutOfRange,
                $"{Shown.Quoted(text)} is not an amount of CPU{(millicores is null ? "" : $" from 1m to {cpus}")}.",
                $"Write thousandths of a CPU, such as 100m, or CPUs, such as 0.5 or 1, more than 0 and at most {cpus}."
            )
        );
        return null;
    }

    private static long? Size(string text, string what, long most, string code, Complain complain)
    {
        var factor = Factor(text);
        var mebibytes = factor is null ? null : Whole(text[..^2]) * factor;
        if (mebibytes > 0 && mebibytes <= most)
        {
            return mebibytes;
        }

        var largest = string.Create(CultureInfo.InvariantCulture, $"{most / (1024 * 1024)}Ti");

        complain(
            new Complaint(
                mebibytes is null ? code : ManifestErrorCodes.OutOfRange,
                $"{Shown.Quoted(text)} is not an amount of {what}{(mebibytes is null ? "" : $" from 1Mi to {largest}")}.",
                $"Write whole mebibytes, gibibytes or tebibytes, such as 64Mi, 1Gi or 2Ti, at most {largest}."
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
