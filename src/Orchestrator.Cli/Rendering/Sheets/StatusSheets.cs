using Orchestrator.Cli.Following;
using Orchestrator.Contracts.Http;

namespace Orchestrator.Cli.Rendering.Sheets;

internal static class StatusSheets
{
    private const string Ready = "Ready";

    public static Sheet Status(StatusView status, DateTimeOffset now)
    {
        var departure = status
            .Lines.Where(line => line.NextDeparture is not null)
            .MinBy(line => (line.NextDeparture, line.NextTrain));
        return Sheet.Of(
            new Block.Facts([
                ("Control plane", $"up at {status.Address}"),
                ("Hosts", HostsOf(status.Hosts)),
                ("Services", ServicesOf(status.Deployments)),
                ("Rollouts", status.Active.Count == 0 ? "none active" : $"{Format.Number(status.Active.Count)} active"),
                (
                    "Next train",
                    departure is null
                        ? "none: there is no line"
                        : $"{departure.NextTrain} departs {Format.When(departure.NextDeparture, now)}"
                ),
            ]),
            Lacking(status.Deployments),
            OtherKinds(status.Deployments),
            new Block.Grid(
                "Closed",
                ["WINDOW", "EFFECT", "SERVICES", "STAGES", "UNTIL", "REASON"],
                [.. status.Closed.Select(window => WindowSheets.Closed(window, now))],
                ""
            ),
            new Block.Grid(
                "The glass was broken: somebody else must review it",
                ["TRAIN", "ORDERED", "NEXT"],
                [
                    .. status.ToReview.Select(train =>
                        (string[])[train.Id, train.Order, $"orc train review {train.Id} --reason FINDINGS"]
                    ),
                ],
                ""
            ),
            new Block.Grid(
                "Waits for a person",
                ["ROLLOUT", "TO", "PHASE", "REASON", "NEXT"],
                [
                    .. status.WaitingForPerson.Select(rollout =>
                        (string[])[rollout.Id, rollout.ToVersion, rollout.Phase, rollout.Reason, rollout.Next]
                    ),
                ],
                "Nothing waits for a person."
            ),
            new Block.Next(NextOf(status))
        );
    }

    private static Block.Grid Lacking(IReadOnlyList<DeploymentView> deployments) =>
        CatalogSheets.DeploymentGrid("Not all ready", [.. deployments.Where(item => !IsReady(item))]) with
        {
            WhenEmpty = "",
        };

    private static Block.Grid OtherKinds(IReadOnlyList<DeploymentView> deployments) =>
        new(
            "Daemons and batches",
            ["SERVICE", "STAGE", "KIND", "READY"],
            [
                .. deployments
                    .Where(deployment => !KindText.IsByCount(deployment))
                    .Select(deployment =>
                        (string[])[deployment.Service, deployment.Stage, deployment.Kind, KindText.Ready(deployment)]
                    ),
            ],
            ""
        );

    private static string NextOf(StatusView status) =>
        (status.Hosts, status.Deployments, status.WaitingForPerson, status.Active) switch
        {
            (_, _, [{ Next.Length: > 0 } waiting, ..], _) => waiting.Next,
            (_, _, _, [var active, ..]) => $"orc rollout watch {active.Id}",
            ({ Count: 0 }, _, _, _) => "orc hosts",
            (_, { Count: 0 }, _, _) => "orc apply -f FILE",
            _ => "orc get services",
        };

    private static string HostsOf(IReadOnlyList<HostView> hosts)
    {
        var others = hosts
            .Where(host => host.State != Ready)
            .OrderBy(host => host.Id, StringComparer.Ordinal)
            .Select(host => $"{host.Id} {host.State}");
        return string.Join(
            ", ",
            others.Prepend($"{Format.OutOf(hosts.Count(host => host.State == Ready), hosts.Count)} ready")
        );
    }

    private static string ServicesOf(IReadOnlyList<DeploymentView> deployments)
    {
        var versions = deployments.SelectMany(deployment => deployment.Versions).ToList();
        return $"{Format.OutOf(deployments.Count(IsReady), deployments.Count)} deployments ready, "
            + $"{Format.OutOf(versions.Sum(share => share.Ready), versions.Sum(share => share.Desired))} instances ready";
    }

    private static bool IsReady(DeploymentView deployment) =>
        deployment.Unplaced.Length == 0 && deployment.Versions.All(share => share.Ready >= share.Desired);
}
