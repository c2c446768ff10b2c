using System.Globalization;
using Orchestrator.Contracts.Http;

namespace Orchestrator.Cli.Rendering.Sheets;

/// <summary>Who may approve in whose stead.</summary>
internal static class DelegationSheets
{
    public static Sheet List(Page<DelegationView> page, DateTimeOffset now) =>
        Sheet.Of(
            new Block.Grid(
                "",
                ["NUMBER", "WHO", "FOR", "WHERE", "STATE", "UNTIL", "REASON"],
                [
                    .. page.Items.Select(each =>
                        (string[])
                            [
                                each.Number.ToString(CultureInfo.InvariantCulture),
                                each.To,
                                each.From,
                                each.Group.Length > 0 ? $"group {each.Group}" : $"stage {each.Stage}",
                                each.State,
                                Format.When(each.Until, now),
                                each.Revoked.Length > 0 ? $"{each.Reason}; revoked {each.Revoked}" : each.Reason,
                            ]
                    ),
                ],
                "Nobody approves in anybody's stead. `orc delegate create` lets somebody."
            ),
            new Block.Advice(
                page.Items.FirstOrDefault(each => each.State == "open") is { } open
                    ? string.Create(CultureInfo.InvariantCulture, $"orc delegate revoke {open.Number} --reason WHY")
                    : ""
            )
        );
}
