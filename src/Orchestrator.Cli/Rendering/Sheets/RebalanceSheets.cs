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
            new Block.Line(More(plan.Moves.Count)),
            Figures(plan.Before, plan.After),
            new Block.Line(
                $"{Format.Count(plan.Moves.Count, "move")} to {plan.Goal} {plan.Pool}; {End(plan.End)}. Planned on the state of {Format.Time(plan.StateAt)} (revision {plan.StateRevision}); nothing has changed."
            ),
            new Block.Next(
                plan.Moves.Count == 0
                    ? ""
                    : $"orc rebalance --pool {plan.Pool} --goal {plan.Goal} --moves {Format.Number(plan.Moves.Count)}"
            )
        );

    public static Sheet List(Page<RebalanceView> page, DateTimeOffset now) =>
        Sheet.Of(
            new Block.Grid(
                "",
                ["ID", "POOL", "GOAL", "PHASE", "MOVED", "SKIPPED", "HOSTS USED", "STARTED", "ASKED BY"],
                [
                    .. page.Items.Select(each =>
                        (string[])
                            [
                                each.Id,
                                each.Pool,
                                each.Goal,
                                each.Phase,
                                Format.OutOf(each.Moved, each.Planned),
                                Format.Number(each.Skipped),
                                $"{each.Before.UsedHosts} → {each.After.UsedHosts}",
                                Format.Ago(each.StartedAt, now),
                                each.AskedBy,
                            ]
                    ),
                ],
                "No rebalances. See what one would do: orc plan rebalance --goal pack --moves 50"
            ),
            new Block.Advice(page.Items is [.., var last] ? $"orc describe rebalance {last.Id}" : "")
        );

    public static Sheet One(RebalanceView one, DateTimeOffset now) =>
        Sheet.Of(
            new Block.Facts([
                ("Rebalance", one.Id),
                ("Pool", one.Pool),
                ("Goal", $"{one.Goal}, {Format.Count(one.Budget, "move")} at most"),
                ("Phase", one.Phase),
                ("Moved", Format.OutOf(one.Moved, one.Planned)),
                ("Skipped", Format.Number(one.Skipped)),
                ("Asked by", one.AskedBy),
                ("Reason", one.Reason),
                ("Started", Format.When(one.StartedAt, now)),
                ("Ended", Format.When(one.EndedAt, now)),
            ]),
            Figures(one.Before, one.After),
            new Block.Grid(
                "Moves",
                ["INSTANCE", "FROM", "TO", "WAVE", "STATE", "BY", "WHY"],
                [
                    .. one
                        .Steps.Take(MaxMoves)
                        .Select(step =>
                            (string[])
                                [
                                    step.Instance,
                                    step.From,
                                    step.To,
                                    Format.Number(step.Wave),
                                    step.State,
                                    step.Replacement,
                                    step.Reason.Length > 0 ? step.Reason : step.Why,
                                ]
                        ),
                ],
                ""
            ),
            new Block.Line(More(one.Steps.Count)),
            new Block.Next(one.EndedAt is null ? $"orc rebalance --cancel {one.Id}" : "")
        );

    private static string More(int moves) =>
        moves > MaxMoves ? $"… and {Format.Number(moves - MaxMoves)} more: -o json" : "";

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
