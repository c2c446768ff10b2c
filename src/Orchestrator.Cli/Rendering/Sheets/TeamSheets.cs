using Orchestrator.Contracts.Http;

namespace Orchestrator.Cli.Rendering.Sheets;

/// <summary>Teams and their quotas.</summary>
internal static class TeamSheets
{
    public static Sheet List(Page<TeamView> page) =>
        Sheet.Of(
            new Block.Grid(
                "",
                ["TEAM", "INSTANCES", "CPU (m)", "MEMORY (MiB)", "DISK (MiB)"],
                [
                    .. page.Items.Select(team =>
                        (string[])
                            [
                                team.Name,
                                Use(team, "instances"),
                                Use(team, "cpu"),
                                Use(team, "memory"),
                                Use(team, "disk"),
                            ]
                    ),
                ],
                "No teams: they come with the services they own. Limit what one may take with a manifest of kind Team."
            ),
            new Block.Advice(page.Items is [var first, ..] ? $"orc describe team {first.Name}" : "")
        );

    public static Sheet One(TeamView team) =>
        Sheet.Of(
            new Block.Facts([("Team", team.Name)]),
            new Block.Grid(
                "Quota",
                ["RESOURCE", "USED", "QUOTA"],
                [
                    .. team.Uses.Select(use =>
                        (string[])
                            [
                                use.Resource switch
                                {
                                    "cpu" => "cpu (m)",
                                    "memory" or "disk" => $"{use.Resource} (MiB)",
                                    var other => other,
                                },
                                Format.Number(use.Used),
                                use.Most is { } most ? Format.Number(most) : "no limit",
                            ]
                    ),
                ],
                ""
            ),
            new Block.Next("orc get services")
        );

    private static string Use(TeamView team, string resource) =>
        team.Uses.FirstOrDefault(use => use.Resource == resource) switch
        {
            null => "",
            { Most: { } most } use => $"{Format.Number(use.Used)}/{Format.Number(most)}",
            var use => Format.Number(use.Used),
        };
}
