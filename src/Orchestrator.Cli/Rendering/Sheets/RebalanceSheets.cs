using System.Globalization;
using Orchestrator.Contracts.Http;

namespace Orchestrator.Cli.Rendering.Sheets;

/// <summary>Moves that make a pool better.</summary>
internal static class RebalanceSheets
{
    /// <summary>More of them are for <c>-o json</c>.</summary>
    private const int MaxMoves = 20;

    public static Sheet Plan(RebalancePlanView plan) =>
        Sheet.Of(
            new Block.Grid(
                "",
                ["INSTANCE", "FROM", "TO", "WAVE", "WHY"],
                [
                    .. plan
                        .Moves.Take(MaxMoves)
                        .Select(move =>
                            (string[])[move.Instance, move.From, move.To, Format.Number(move.Wave), move.Why]
                        ),
                ],
                "No move would make it better."
            ),
            new Block.Line(
                plan.Moves.Count > MaxMoves ? $"… and {Format.Number(plan.Moves.Count - MaxMoves)} more: -o json" : ""
            ),
            Figures(plan.Before, plan.After),
            new Block.Line(
                $"{Format.Count(plan.Moves.Count, "move")} to {plan.Goal} {plan.Pool}; {End(plan.End)}. Planned on the state of {Format.Time(plan.StateAt)} (revision {plan.StateRevision}); nothing has changed."
            )
        );

    private static Block.Grid Figures(RebalanceFiguresView before, RebalanceFiguresView after) =>
        new(
            "",
            ["", "BEFORE", "AFTER"],
            [
                ["hosts used", Of(before.UsedHosts, before.Hosts), Of(after.UsedHosts, after.Hosts)],
                ["mean fullness of those", Percent(before.MeanFullnessPercent), Percent(after.MeanFullnessPercent)],
                ["fullest", Percent(before.FullestPercent), Percent(after.FullestPercent)],
                ["emptiest", Percent(before.EmptiestPercent), Percent(after.EmptiestPercent)],
                ["worst skew", Format.Number(before.WorstSkew), Format.Number(after.WorstSkew)],
                [
                    "beyond spread rules",
                    Format.Number(before.BeyondSpreadRules),
                    Format.Number(after.BeyondSpreadRules),
                ],
            ],
            ""
        );

    private static string Of(int used, int hosts) => Format.OutOf(used, hosts);

    private static string Percent(double percent) => string.Create(CultureInfo.InvariantCulture, $"{percent:F1} %");

    private static string End(string end) =>
        end switch
        {
            "budget" => "what comes next needs more moves than are left",
            "search" => "it has looked at enough for one plan",
            _ => "nothing else would make it better",
        };
}
