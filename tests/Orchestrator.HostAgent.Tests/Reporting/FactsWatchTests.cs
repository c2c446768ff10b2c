using System.Collections.Concurrent;
using Microsoft.Extensions.Logging.Abstractions;
using Orchestrator.Contracts.Bus;
using Orchestrator.HostAgent.Reporting;
using Orchestrator.HostAgent.Tests.Support;

namespace Orchestrator.HostAgent.Tests.Reporting;

public sealed class FactsWatchTests
{
    private static readonly TimeSpan Often = TimeSpan.FromMilliseconds(1);

    [Fact]
    public async Task Only_what_differs_is_told_and_what_cannot_be_read_changes_nothing()
    {
        // Each is read at least twice; made anew each time, as the agent does.
        var reads = 0;
        var told = new ConcurrentQueue<HostFacts>();
        using var ending = CancellationTokenSource.CreateLinkedTokenSource(TestContext.Current.CancellationToken);
        var watch = new FactsWatch(Read, TimeProvider.System, NullLogger<FactsWatch>.Instance);

        var running = watch.RunAsync(AHost("a", disk: 10), Often, told.Enqueue, ending.Token);
        await Poll.UntilAsync(() => reads > 10, "it has looked often enough");
        await ending.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => running);

        Assert.Equal([("b", 10), ("b", 20)], told.Select(facts => (facts.Labels["kernel"], facts.DiskMebibytes ?? 0)));

        HostFacts Read() =>
            Interlocked.Increment(ref reads) switch
            {
                <= 2 => AHost("a", disk: 10),
                <= 4 => AHost("b", disk: 10),
                <= 6 => throw new IOException("gone"),
                _ => AHost("b", disk: 20),
            };
    }

    private static HostFacts AHost(string kernel, int disk) =>
        new()
        {
            CpuMillicores = 1_000,
            MemoryMebibytes = 1_000,
            DiskMebibytes = disk,
            Runtime = "oci",
            AgentVersion = "1.0.0",
            Labels = new Dictionary<string, string>(StringComparer.Ordinal) { ["kernel"] = kernel },
        };
}
