using Orchestrator.Core.Catalog;

namespace Orchestrator.Core.Reconciliation;

/// <content>Secrets, and who has them; and who may approve for whom.</content>
public sealed partial class CellDraft
{
    internal DraftTable<SecretName, Secret> Secrets { get; }

    internal DraftTable<long, Delegation> Delegations { get; }

    /// <summary>The hosts that an instance runs on which gets it.</summary>
    internal IEnumerable<HostId> HostsWith(SecretName secret)
    {
        var versions = Versions
            .Rows.Where(version => version.Template.Container.Uses(secret))
            .Select(version => new VersionKey(version.Service, version.Number))
            .ToHashSet();
        var services = versions.Select(version => version.Service).ToHashSet();
        return Deployments
            .Keys.Where(deployment => services.Contains(deployment.Service))
            .SelectMany(InstancesOf)
            .Where(instance => versions.Contains(new VersionKey(instance.Service, instance.Version)))
            .Select(instance => instance.Host)
            .Distinct();
    }
}
