using Orchestrator.Core;
using Orchestrator.Core.Reconciliation;
using Orchestrator.Core.Rollouts;
using Orchestrator.Manifests.Formats;

namespace Orchestrator.ControlPlane.Api;

/// <summary>Finds what requests name, and says what may have been meant when there is no such thing.</summary>
internal static class Names
{
    /// <summary>The hint, behind the nearest of the known names when one is near.</summary>
    public static string Hint(string typed, IEnumerable<string> known, string hint) =>
        EditDistance.Nearest(typed, known) is { } nearest ? $"Did you mean {nearest}? {hint}" : hint;

    public static IResult UnknownHost(string host, Cell cell) =>
        Problems.NotFound("host", host, Hint(host, cell.Hosts.Keys.Select(id => id.Value), "See the hosts: orc hosts"));

    public static IResult UnknownService(string service, Cell cell) =>
        Problems.NotFound(
            "service",
            service,
            Hint(
                service,
                cell.Services.Keys.Select(name => name.Value),
                "See the services: orc get services. A new one: orc apply -f FILE"
            )
        );

    /// <summary>What is missing at a stage, or everywhere when the stage is null.</summary>
    public static IResult UnknownDeployment(string service, string? stage, Cell cell)
    {
        const string hint = "See what runs where: orc get deployments";
        var stages = cell.Deployments.Keys.Where(key => key.Service.Value == service).Select(key => key.Stage.Value);
        if (stage is not null && stages.ToList() is { Count: > 0 } known)
        {
            var there = $"{service} is deployed at {string.Join(", ", known)}. {hint}";
            return Problems.NotFound("deployment", $"{service} at {stage}", Hint(stage, known, there));
        }

        if (cell.Services.Keys.Any(name => name.Value == service))
        {
            return Problems.NotFound("deployment", service, $"Nothing of {service} is deployed yet. {hint}");
        }

        var services = cell.Deployments.Keys.Select(key => key.Service.Value).Distinct(StringComparer.Ordinal);
        return Problems.NotFound("deployment", service, Hint(service, services, hint));
    }

    /// <summary>
    /// Null when it is not there. Without a stage the last of those that the service is deployed at. Where a first version
    /// is still on its way counts too.
    /// </summary>
    public static DeploymentKey? FindDeployment(string service, string? stage, Cell cell) =>
        Last(cell.Deployments.Keys, service, stage)
        ?? Last(
            cell.Rollouts.Values.Where(rollout => !RolloutMachine.IsFinished(rollout))
                .Select(rollout => new DeploymentKey(rollout.Service, rollout.Stage.Name)),
            service,
            stage
        );

    public static HostId? FindHost(string text, Cell cell) =>
        HostId.TryParse(text, out var id) && cell.Hosts.ContainsKey(id) ? id : null;

    private static DeploymentKey? Last(IEnumerable<DeploymentKey> keys, string service, string? stage) =>
        keys.Where(key => Is(key, service, stage)).Select(key => (DeploymentKey?)key).LastOrDefault();

    private static bool Is(DeploymentKey key, string service, string? stage) =>
        key.Service.Value == service && (stage is null || key.Stage.Value == stage);
}
