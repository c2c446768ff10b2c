using System.Globalization;
using Orchestrator.Contracts.Http;

namespace Orchestrator.Cli.Rendering.Sheets;

/// <summary>What is known of secrets, which is all but their values.</summary>
internal static class SecretSheets
{
    public static Sheet List(Page<SecretView> page, DateTimeOffset now) =>
        Sheet.Of(
            new Block.Grid(
                "",
                ["NAME", "TEAM", "REVISION", "SET", "BY", "SERVICES"],
                [
                    .. page.Items.Select(secret =>
                        (string[])
                            [
                                secret.Name,
                                secret.Team.Length > 0 ? secret.Team : "any",
                                secret.Revision.ToString(CultureInfo.InvariantCulture),
                                Format.When(secret.SetAt, now),
                                secret.SetBy,
                                string.Join(", ", secret.Services),
                            ]
                    ),
                ],
                "No secrets. Set one: orc secret set NAME --from-file FILE"
            )
        );
}
