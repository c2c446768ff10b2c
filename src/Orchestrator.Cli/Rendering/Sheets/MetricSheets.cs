using Orchestrator.Contracts.Http;

namespace Orchestrator.Cli.Rendering.Sheets;

/// <summary>What each metric of a verdict was, on what that rests, and where it stands.</summary>
internal static class MetricSheets
{
    /// <summary>As a row of <see cref="Columns"/>.</summary>
    public static readonly string[] Columns =
    [
        "METRIC",
        "STATE",
        "CANARY",
        "CONTROL",
        "ON",
        "HARM",
        "FAILS AT",
        "HEALTH",
        "PASSES AT",
        "REFUSED",
        "NOISE OR RULE",
    ];

    public static string[] Row(MetricView metric) =>
        [
            metric.Name,
            metric.State.Length > 0 ? metric.State : "-",
            .. metric.On.Length > 0 ? (string[])[metric.Canary, metric.Control, metric.On] : [metric.Seen, "-", "-"],
            .. metric.IsValidUnderPeeking
                ? (string[])
                    [
                        Format.Evidence(metric.RegressionEvidence),
                        Format.Evidence(metric.RegressionLimit),
                        Format.Evidence(metric.AcceptanceEvidence),
                        Format.Evidence(metric.AcceptanceLimit),
                    ]
                : ["-", "-", "-", "-"],
            metric.Refused == 0 ? "-" : $"{Format.Number(metric.Refused)}, last: {metric.LastRefusal}",
            metric.IsValidUnderPeeking ? metric.Noise : $"{metric.Rule}: {metric.RuleReason}",
        ];

    /// <summary>As a part of a rollout's tree.</summary>
    public static Branch Of(MetricView metric)
    {
        var state = metric.State.Length > 0 ? metric.State : "seen";
        var seen = metric.On.Length > 0 ? $"{metric.Canary} v {metric.Control} on {metric.On}" : metric.Seen;
        return new Branch(
            $"{metric.Name}  {state}  {seen}",
            Tones.Of(metric.State),
            [
                .. metric.IsValidUnderPeeking ? Evidence(metric) : [Branch.Leaf($"{metric.Rule}  {metric.RuleReason}")],
                .. metric.Refused == 0
                    ? []
                    : (Branch[])
                        [
                            Branch.Leaf(
                                $"{Format.Count((int)Math.Min(metric.Refused, int.MaxValue), "sample")} did not count; the last: {metric.LastRefusal}"
                            ),
                        ],
            ]
        );
    }

    private static Branch[] Evidence(MetricView metric) =>
        [
            Branch.Leaf(
                $"evidence of harm {Format.Evidence(metric.RegressionEvidence)}, rolls back at {Format.Evidence(metric.RegressionLimit)}"
            ),
            Branch.Leaf(
                $"evidence of health {Format.Evidence(metric.AcceptanceEvidence)}, passes at {Format.Evidence(metric.AcceptanceLimit)}"
            ),
        ];
}
