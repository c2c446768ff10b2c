using Orchestrator.Contracts.Http;

namespace Orchestrator.Cli.Rendering.Sheets;

/// <summary>Hosts and the instances on them.</summary>
internal static class FleetSheets
{
    public static Sheet Instances(Page<InstanceView> page) =>
        Sheet.Of(
            new Block.Grid(
                "",
                ["INSTANCE", "VERSION", "HOST", "STATE", "RESTARTS", "ADDRESS", "REASON"],
                [
                    .. page.Items.Select(instance =>
                        (string[])
                            [
                                instance.Id,
                                instance.Version,
                                instance.Host,
                                instance.State,
                                Format.Number(instance.Restarts),
                                instance.Address,
                                instance.Reason,
                            ]
                    ),
                ],
                "No instances."
            ),
            new Block.Advice(page.Items is [var first, ..] ? $"orc logs {first.Id}" : "")
        );

    public static Sheet Instance(InstanceView instance) =>
        Sheet.Of(InstanceFacts(instance), new Block.Next($"orc logs {instance.Id}"));

    public static Block.Facts InstanceFacts(InstanceView instance) =>
        new([
            ("Instance", instance.Id),
            ("State", instance.State),
            ("Reason", instance.Reason),
            ("Version", instance.Version),
            ("Host", instance.Host),
            ("Address", instance.Address),
            ("Generation", Format.Number(instance.Generation)),
            ("Restarts", Format.Number(instance.Restarts)),
        ]);

    public static Sheet Hosts(Page<HostView> page, DateTimeOffset now) =>
        Sheet.Of(
            new Block.Grid(
                "",
                ["HOST", "STATE", "RUNTIME", "CPU (m)", "MEMORY (MiB)", "INSTANCES", "HEARD", "LABELS", "REASON"],
                [
                    .. page.Items.Select(host =>
                        (string[])
                            [
                                host.Id,
                                host.State,
                                host.Runtime,
                                Format.OutOf(host.CpuUsedMillicores, host.CpuEffectiveMillicores ?? host.CpuMillicores),
                                Format.OutOf(
                                    host.MemoryUsedMebibytes,
                                    host.MemoryEffectiveMebibytes ?? host.MemoryMebibytes
                                ),
                                Format.Number(host.Instances),
                                Format.Ago(host.LastHeardAt, now),
                                LabelsOf(GivenOf(host.Labels)),
                                host.Reason,
                            ]
                    ),
                ],
                "No hosts have reported yet. Let a machine join: orc host token. Or start the Embedded program with --hosts 3."
            ),
            new Block.Advice(page.Items is [var first, ..] ? $"orc describe host {first.Id}" : "")
        );

    public static Sheet Host(HostView host, DateTimeOffset now) =>
        Sheet.Of(
            new Block.Facts([
                ("Host", host.Id),
                ("State", host.State),
                ("Reason", host.Reason),
                ("Runtime", host.Runtime),
                ("CPU", Used(host.CpuUsedMillicores, host.CpuEffectiveMillicores, host.CpuMillicores, "millicores")),
                ("Memory", Used(host.MemoryUsedMebibytes, host.MemoryEffectiveMebibytes, host.MemoryMebibytes, "MiB")),
                ("Disk", DiskOf(host)),
                ("Others", string.Join(", ", host.Others)),
                ("Reserved", string.Join("; ", host.Reserved)),
                ("Instances", Format.Number(host.Instances)),
                ("Last heard", Format.Ago(host.LastHeardAt, now)),
                ("Labels", LabelsOf(host.Labels)),
            ]),
            new Block.Next(
                host.State is "Cordoned" or "Draining" or "Drained"
                    ? $"orc uncordon {host.Id}"
                    : $"orc get instances --host {host.Id}"
            )
        );

    public static Sheet Pools(Page<PoolView> page) =>
        Sheet.Of(
            new Block.Grid(
                "",
                ["POOL", "PLACEMENT", "SELECTOR"],
                [.. page.Items.Select(pool => (string[])[pool.Name, pool.Placement, SelectorOf(pool)])],
                "No pools: stages go to the pool default, which has all hosts. More: orc apply -f FILE"
            ),
            new Block.Advice("orc hosts")
        );

    public static Sheet Pool(PoolView pool) =>
        Sheet.Of(
            new Block.Facts([
                ("Pool", pool.Name),
                ("Placement", pool.Placement),
                ("Selector", SelectorOf(pool)),
                ("Rules", string.Join(", ", pool.Rules)),
            ]),
            new Block.Next("orc hosts")
        );

    /// <summary>Empty when its agent does not say.</summary>
    private static string DiskOf(HostView host) =>
        host.DiskMebibytes == 0
            ? ""
            : Used(host.DiskUsedMebibytes, host.DiskEffectiveMebibytes, host.DiskMebibytes, "MiB");

    private static string Used(int used, int? effective, int reported, string unit) =>
        $"{Format.OutOf(used, effective ?? reported)} {unit} used"
        + (effective is null ? "" : $" ({Format.Number(reported)} reported)");

    private static string SelectorOf(PoolView pool) => pool.Selector.Count == 0 ? "all hosts" : LabelsOf(pool.Selector);

    /// <summary>What agents report of their machines is for <c>describe</c>: a list has no room for it.</summary>
    private static Dictionary<string, string> GivenOf(IReadOnlyDictionary<string, string> labels) =>
        labels
            .Where(label => !label.Key.StartsWith("agent/", StringComparison.Ordinal))
            .ToDictionary(StringComparer.Ordinal);

    private static string LabelsOf(IReadOnlyDictionary<string, string> labels) =>
        string.Join(
            ", ",
            labels.OrderBy(label => label.Key, StringComparer.Ordinal).Select(label => $"{label.Key}={label.Value}")
        );
}
