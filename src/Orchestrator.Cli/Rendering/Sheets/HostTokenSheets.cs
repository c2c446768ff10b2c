using Orchestrator.Contracts.Http;

namespace Orchestrator.Cli.Rendering.Sheets;

/// <summary>Tokens that hosts join with.</summary>
internal static class HostTokenSheets
{
    public static Sheet Created(HostTokenCreated token, DateTimeOffset now) =>
        Sheet.Of(
            new Block.Facts([
                ("Id", token.Id),
                ("Host", HostOf(token.Host)),
                ("Expires", Format.When(token.ExpiresAt, now)),
                ("Token", token.Token),
            ]),
            new Block.Line("The token is shown only now, and lets one host join once."),
            new Block.Next(
                $"orchestrator-agent join {token.Address} --token-file FILE"
                    + (token.Host.Length > 0 ? $" --host-id {token.Host}" : "")
            )
        );

    public static Sheet List(Page<HostTokenView> page, DateTimeOffset now) =>
        Sheet.Of(
            new Block.Grid(
                "",
                ["ID", "HOST", "EXPIRES", "CREATED", "BY"],
                [
                    .. page.Items.Select(token =>
                        (string[])
                            [
                                token.Id,
                                HostOf(token.Host),
                                Format.When(token.ExpiresAt, now),
                                Format.When(token.CreatedAt, now),
                                token.CreatedBy,
                            ]
                    ),
                ],
                "No tokens. Create one: orc host token --host NAME"
            ),
            new Block.Advice(page.Items is [var first, ..] ? $"orc host revoke {first.Id}" : "")
        );

    private static string HostOf(string host) => host.Length > 0 ? host : "any";
}
