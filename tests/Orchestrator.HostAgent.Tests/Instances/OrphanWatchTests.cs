using Microsoft.Extensions.Logging.Abstractions;
using Microsoft.Extensions.Time.Testing;
using Orchestrator.HostAgent.Images;
using Orchestrator.HostAgent.Instances;
using Orchestrator.HostAgent.Platform;
using Orchestrator.HostAgent.Runtimes.Processes;
using Orchestrator.HostAgent.Tests.Support;

namespace Orchestrator.HostAgent.Tests.Instances;

public sealed class OrphanWatchTests : IDisposable
{
    private readonly TemporaryDirectory _directory = new();
    private readonly ExitWatch _exits = new();
    private readonly ImageStore _store;
    private readonly ProcessRuntime _runtime;
    private readonly InstanceRecords _records;

    public OrphanWatchTests()
    {
        _store = new ImageStore(_directory["store"], [], UnpackLimits.Default);
        _runtime = new ProcessRuntime(_directory["process"], _store, _exits);
        _records = new InstanceRecords(_directory["instances"], NullLogger<InstanceRecords>.Instance);
        Directory.CreateDirectory(_directory["process/containers"]);
    }

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    public void Dispose()
    {
        _runtime.Dispose();
        _store.Dispose();
        _exits.Dispose();
        _directory.Dispose();
    }

    [Fact]
    public async Task What_no_record_tells_of_twice_is_taken_away_and_what_one_tells_of_stays()
    {
        var watch = NewWatch();
        await _records.LoadAsync(Token);
        await _records.SaveAsync(ARecord("known"), Token);
        Make("known");
        Make("orphan");

        await watch.SweepAsync(Token);
        Assert.Equal(["known", "orphan"], await _runtime.ListAsync(Token));
        await watch.SweepAsync(Token);

        Assert.Equal(["known"], await _runtime.ListAsync(Token));
    }

    [Fact]
    public async Task What_had_no_record_only_for_a_moment_stays()
    {
        var watch = NewWatch();
        await _records.LoadAsync(Token);
        Make("late");

        await watch.SweepAsync(Token);
        await _records.SaveAsync(ARecord("late"), Token);
        await watch.SweepAsync(Token);

        Assert.Equal(["late"], await _runtime.ListAsync(Token));
    }

    private static InstanceRecord ARecord(string containerId) =>
        new()
        {
            Spec = Samples.AnInstance("cart.prod.1"),
            ContainerId = containerId,
            Port = 0,
            Restarts = 0,
            WasReady = false,
        };

    private void Make(string containerId) => Directory.CreateDirectory(_directory[$"process/containers/{containerId}"]);

    private OrphanWatch NewWatch() => new(_runtime, _records, new FakeTimeProvider(), NullLogger<OrphanWatch>.Instance);
}
