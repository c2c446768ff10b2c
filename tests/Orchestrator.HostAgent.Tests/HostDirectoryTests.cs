using Orchestrator.HostAgent.Tests.Support;

namespace Orchestrator.HostAgent.Tests;

public sealed class HostDirectoryTests : IDisposable
{
    private readonly TemporaryDirectory _directory = new();

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    public void Dispose() => _directory.Dispose();

    /// <summary>As a child of it may, before it begins its own program.</summary>
    [Fact]
    public async Task A_killed_agent_that_still_has_the_lock_is_waited_for()
    {
        var before = HostDirectory.Open(_directory["host"]);

        var opening = HostDirectory.OpenAsync(_directory["host"], Token);
        Assert.False(opening.IsCompleted);
        before.Dispose();

        using var after = await opening;
        Assert.Throws<IOException>(() => HostDirectory.Open(_directory["host"]));
    }

    [Fact]
    public async Task Another_agent_is_not_waited_for_for_ever()
    {
        using var other = HostDirectory.Open(_directory["host"]);

        await Assert.ThrowsAsync<IOException>(() => HostDirectory.OpenAsync(_directory["host"], Token));
    }
}
