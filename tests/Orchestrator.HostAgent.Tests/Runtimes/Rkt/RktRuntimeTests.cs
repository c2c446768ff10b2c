using Orchestrator.HostAgent.Runtimes.Rkt;

namespace Orchestrator.HostAgent.Tests.Runtimes.Rkt;

/// <summary>
/// The driver on rkt itself, where there is one: ORC_RKT is its path, and ORC_RKT_STAGE1 the path or name of what it makes
/// pods with, such as stage1-fly.aci. As root; each test has a data directory of its own.
/// </summary>
public sealed class RktRuntimeTests : RktContract
{
    private static readonly string Program = Environment.GetEnvironmentVariable("ORC_RKT") ?? "";
    private static readonly string Stage1 = Environment.GetEnvironmentVariable("ORC_RKT_STAGE1") ?? "";

    public override ValueTask InitializeAsync()
    {
        Assert.SkipWhen(Program.Length == 0, "ORC_RKT does not say where rkt is");
        return base.InitializeAsync();
    }

    private protected override RktSettings NewSettings() =>
        new()
        {
            Program = Program,
            Stage1 = Stage1,
            Network = RktSettings.HostNetwork,
            OpenFiles = 0,
        };
}
