using System.Globalization;
using Orchestrator.Contracts.Http;

namespace Orchestrator.Cli.Rendering.Sheets;

/// <summary>What ran when, and how delivery does.</summary>
internal static class DeliverySheets
{
    public static Sheet History(Page<HistoryView> page, DateTimeOffset now) =>
        Sheet.Of(
            new Block.Grid(
                "",
                ["STARTED", "SERVICE", "STAGE", "VERSION", "OUTCOME", "TOOK", "TRAIN", "APPROVED BY", "WHY"],
                [
                    .. page.Items.Select(row =>
                        (string[])
                            [
                                Format.When(row.StartedAt, now),
                                row.Service,
                                row.Stage,
                                row.FromVersion.Length > 0 ? $"{row.FromVersion} → {row.Version}" : row.Version,
                                row.Outcome,
                                Format.Duration((row.EndedAt ?? now) - row.StartedAt),
                                row.Train,
                                string.Join(", ", row.Approvals.Select(RolloutSheets.NameOf)),
                                Array.Find([row.Reason, row.Evidence, row.Order], text => text.Length > 0) ?? "",
                            ]
                    ),
                ],
                "Nothing has gone through a stage yet."
            ),
            new Block.Advice(page.Items is [var first, ..] ? $"orc rollout status {first.Train}/{first.Stage}" : "")
        );

    public static Sheet Dora(DeliveryView view) =>
        Sheet.Of(
            new Block.Facts([
                ("Of", view.Service.Length > 0 ? view.Service : "all services"),
                ("Days", Format.Number(view.Days)),
                (
                    "Deployments",
                    string.Create(
                        CultureInfo.InvariantCulture,
                        $"{view.Deployments}, {view.DeploymentsPerDay:0.##} a day"
                    )
                ),
                ("Lead time", TimeOf(view.LeadTimeSeconds)),
                (
                    "Failures",
                    view.FailurePercent is { } percent
                        ? string.Create(CultureInfo.InvariantCulture, $"{view.Failures}, {percent:0.#} %")
                        : "none"
                ),
                ("Recovery", TimeOf(view.RecoverySeconds)),
            ]),
            new Block.Next(view.Service.Length > 0 ? $"orc history {view.Service}" : "orc history")
        );

    private static string TimeOf(double? seconds) =>
        seconds is { } known ? $"{Format.Duration(TimeSpan.FromSeconds(known))} (median)" : "-";
}
