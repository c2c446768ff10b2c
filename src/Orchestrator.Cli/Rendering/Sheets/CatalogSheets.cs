using Orchestrator.Contracts.Http;

namespace Orchestrator.Cli.Rendering.Sheets;

/// <summary>Services, what runs of them, their versions and lines.</summary>
internal static class CatalogSheets
{
    public static Sheet Services(Page<ServiceView> page) =>
        Sheet.Of(
            new Block.Grid(
                "",
                ["SERVICE", "KIND", "TEAM", "LATEST", "DEPLOYED (READY/DESIRED)"],
                [
                    .. page.Items.Select(service =>
                        (string[])[service.Name, service.Kind, service.Team, service.LatestVersion, Deployed(service)]
                    ),
                ],
                "No services yet. Create them: orc apply -f FILE"
            ),
            new Block.Advice(page.Items is [var first, ..] ? $"orc describe service {first.Name}" : "")
        );

    public static Sheet Service(ServiceView service) =>
        Sheet.Of(
            new Block.Facts([
                ("Service", service.Name),
                ("Kind", service.Kind),
                ("Team", service.Team),
                ("Latest version", service.LatestVersion),
            ]),
            DeploymentGrid("Deployments", service.Deployments),
            new Block.Next($"orc get rollouts {service.Name}")
        );

    public static Sheet Deployments(Page<DeploymentView> page) =>
        Sheet.Of(
            DeploymentGrid("", page.Items),
            new Block.Advice(
                page.Items.FirstOrDefault(deployment => deployment.Unplaced.Length > 0) is { } missing
                    ? $"orc explain {missing.Service} --stage {missing.Stage}"
                    : ""
            )
        );

    public static Sheet Deployment(DeploymentView deployment, DateTimeOffset now) =>
        Sheet.Of(
            new Block.Facts([
                ("Service", deployment.Service),
                ("Stage", deployment.Stage),
                ("Kind", deployment.Kind),
                ("Current version", deployment.CurrentVersion),
                ("Ready", KindText.Ready(deployment)),
                ("Last exit", KindText.LastExit(deployment.Batch, now)),
                ("Missing because", deployment.Unplaced),
            ]),
            new Block.Grid(
                "Versions",
                ["VERSION", "DESIRED", "RUNNING", "READY", "TRAFFIC"],
                [
                    .. deployment.Versions.Select(share =>
                        (string[])
                            [
                                share.Version,
                                Format.Number(share.Desired),
                                Format.Number(share.Running),
                                Format.Number(share.Ready),
                                Format.Percent(share.WeightPercent),
                            ]
                    ),
                ],
                ""
            ),
            new Block.Next(
                deployment.Unplaced.Length > 0
                    ? $"orc explain {deployment.Service} --stage {deployment.Stage}"
                    : $"orc get instances --service {deployment.Service} --stage {deployment.Stage}"
            )
        );

    public static Sheet Versions(Page<VersionView> page, DateTimeOffset now) =>
        Sheet.Of(
            new Block.Grid(
                "",
                ["SERVICE", "VERSION", "CHANNEL", "PUBLISHED", "BY", "YANKED"],
                [
                    .. page.Items.Select(version =>
                        (string[])
                            [
                                version.Service,
                                version.Version,
                                version.Channel,
                                Format.When(version.PublishedAt, now),
                                version.PublishedBy,
                                version.Yanked,
                            ]
                    ),
                ],
                "No versions yet. Publish one: orc publish SERVICE VERSION"
            ),
            new Block.Advice(page.Items is [.., var last] ? $"orc describe version {last.Service}@{last.Version}" : "")
        );

    public static Sheet Version(VersionView version, DateTimeOffset now) =>
        Sheet.Of(
            new Block.Facts([
                ("Service", version.Service),
                ("Version", version.Version),
                ("Channel", version.Channel),
                ("Image", version.Image),
                ("Digest", version.Digest),
                ("Published", Format.When(version.PublishedAt, now)),
                ("By", version.PublishedBy),
                ("Yanked", version.Yanked),
            ]),
            new Block.Next($"orc trains {version.Service}")
        );

    public static Sheet Lines(Page<LineView> page, DateTimeOffset now) =>
        Sheet.Of(
            new Block.Grid(
                "",
                ["LINE", "TIMETABLE", "ZONE", "CHANNEL", "ROUTE", "NEXT TRAIN", "DEPARTS"],
                [
                    .. page.Items.Select(line =>
                        (string[])
                            [
                                line.Name,
                                line.Cron,
                                line.Zone,
                                line.Channel,
                                RouteOf(line),
                                line.NextTrain,
                                Format.When(line.NextDeparture, now),
                            ]
                    ),
                ],
                "No lines yet: services need one for their versions to travel. Create it: orc apply -f FILE"
            ),
            new Block.Advice(page.Items is [var first, ..] ? $"orc trains {first.Name}" : "")
        );

    public static Sheet Line(LineView line, DateTimeOffset now) =>
        Sheet.Of(
            new Block.Facts([
                ("Line", line.Name),
                ("Service", line.Service),
                ("Coupled", string.Join(", ", line.Coupled.Select(CoupledOf))),
                ("Timetable", line.Cron),
                ("Zone", line.Zone),
                ("Channel", line.Channel),
                ("Route", RouteOf(line)),
                ("Next train", line.NextTrain),
                ("Departs", Format.When(line.NextDeparture, now)),
            ]),
            new Block.Next(line.NextTrain.Length > 0 ? $"orc train status {line.NextTrain}" : $"orc trains {line.Name}")
        );

    public static Block.Grid DeploymentGrid(string title, IReadOnlyList<DeploymentView> deployments) =>
        new(
            title,
            ["SERVICE", "STAGE", "CURRENT", "READY", "TRAFFIC", "MISSING BECAUSE"],
            [
                .. deployments.Select(deployment =>
                    (string[])
                        [
                            deployment.Service,
                            deployment.Stage,
                            deployment.CurrentVersion,
                            KindText.Ready(deployment),
                            TrafficOf(deployment.Versions),
                            deployment.Unplaced,
                        ]
                ),
            ],
            "Nothing is deployed yet. Publish a version: orc publish SERVICE VERSION"
        );

    /// <summary>Only versions that get requests.</summary>
    public static string TrafficOf(IReadOnlyList<VersionShareView> versions) =>
        string.Join(
            ", ",
            versions
                .Where(share => share.WeightPercent > 0)
                .Select(share => $"{share.Version} {Format.Percent(share.WeightPercent)}")
        );

    private static string Deployed(ServiceView service) =>
        string.Join(
            ", ",
            service.Deployments.Select(deployment =>
                $"{deployment.Stage} {(deployment.CurrentVersion.Length > 0 ? deployment.CurrentVersion + " " : "")}{KindText.Ready(deployment)}"
            )
        );

    private static string CoupledOf(CoupledView coupled) =>
        coupled.IsOptional ? $"{coupled.Service} (if it has something new)" : coupled.Service;

    private static string RouteOf(LineView line) => string.Join(" → ", line.Route);
}
