using System.Globalization;
using Orchestrator.Core.Catalog;
using Orchestrator.Manifests.Yaml;

namespace Orchestrator.Manifests.Formats;

/// <summary>What a process may have: a whole number in the kernel's own unit, or <c>unlimited</c>.</summary>
internal static class ProcessLimits
{
    /// <summary>Fifteen digits, as far as JSON's numbers are exact everywhere.</summary>
    private const int MaxDigits = 15;

    public static long? Read(string text, Complain complain)
    {
        if (text == "unlimited")
        {
            return ProcessLimit.Unlimited;
        }

        if (text.Length is > 0 and <= MaxDigits && text.All(char.IsAsciiDigit))
        {
            return long.Parse(text, NumberStyles.None, CultureInfo.InvariantCulture);
        }

        complain(
            new Complaint(
                ManifestErrorCodes.InvalidLimit,
                $"{Shown.Quoted(text)} is not a limit.",
                "Write a whole number of up to 15 digits, or 'unlimited'; sizes are in bytes."
            )
        );
        return null;
    }
}
