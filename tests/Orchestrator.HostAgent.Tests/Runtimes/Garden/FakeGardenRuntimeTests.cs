using Microsoft.Extensions.Logging.Abstractions;
using Orchestrator.HostAgent.Images;
using Orchestrator.HostAgent.Platform;
using Orchestrator.HostAgent.Runtimes;
using Orchestrator.HostAgent.Runtimes.Garden;

namespace Orchestrator.HostAgent.Tests.Runtimes.Garden;

/// <summary>The driver on a server that imitates Garden, not on Garden.</summary>
public sealed class FakeGardenRuntimeTests : RuntimeContract
{
    private FakeGarden? _garden;

    protected override string Name => "garden";

    protected override bool CanFirstProcessKillItself => true;

    private protected override IContainerRuntime NewRuntime(string directory, ImageStore images, ExitWatch exits)
    {
        _garden ??= FakeGarden.StartOnSocket(Path.Combine(Directory, "garden.sock"));
        Assert.True(GardenAddress.TryParse(_garden.Url, out var address));
        return new GardenRuntime(
            new GardenSettings(address, "raw://{copy}", Depot: ""),
            directory,
            images,
            TimeProvider.System,
            NullLogger<GardenRuntime>.Instance
        );
    }
}
