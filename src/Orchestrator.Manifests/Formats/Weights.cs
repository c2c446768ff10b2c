using Orchestrator.Core.Catalog;
using Orchestrator.Manifests.Yaml;

namespace Orchestrator.Manifests.Formats;

/// <summary>Shares of the requests, in percent.</summary>
internal static class Weights
{
    private const int TenthsPerPercent = 10;

    /// <summary>In tenths; null if it is finer, or no share at all, of which the schema complains.</summary>
    public static decimal? Tenths(string text, Complain complain)
    {
        var number = (decimal?)(PlainScalar.Whole(text) ?? PlainScalar.Number(text));
        if (number is not (>= CanaryShares.Least and <= CanaryShares.Most))
        {
            return null;
        }

        var tenths = number.Value * TenthsPerPercent;
        if (decimal.IsInteger(tenths))
        {
            return decimal.Truncate(tenths) / TenthsPerPercent;
        }

        complain(
            new Complaint(
                ManifestErrorCodes.WeightTooFine,
                $"{Shown.Quoted(text)} is finer than tenths of a percent, which is what gateways split requests by.",
                "Write one place, such as 0.5 or 12.5."
            )
        );
        return null;
    }
}
