using System.Globalization;
using Orchestrator.Contracts.Http;

namespace Orchestrator.Cli.Rendering.Sheets;

/// <summary>What instances use.</summary>
internal static class UsageSheets
{
    public static Sheet Top(UsageView usage) =>
        Sheet.Of(
            new Block.Grid(
                "",
                ["INSTANCE", "VERSION", "HOST", "CPU (m)", "MEMORY (MiB)", "TASKS"],
                [
                    .. usage.Instances.Select(each =>
                        (string[])
                            [
                                each.Instance,
                                each.Version,
                                each.Host,
                                Format.OutOf(each.CpuMillicores, each.CpuRequestMillicores),
                                string.Create(
                                    CultureInfo.InvariantCulture,
                                    $"{each.MemoryMebibytes:0.0}/{each.MemoryRequestMebibytes}"
                                ),
                                each.Tasks is { } tasks ? Format.Number(tasks) : "",
                            ]
                    ),
                ],
                "Nothing that runs there can be measured."
            ),
            new Block.Grid(
                "Hosts that did not answer",
                ["HOST", "REASON"],
                [.. usage.Silent.Select(host => (string[])[host.Host, host.Reason])],
                ""
            )
        );
}
