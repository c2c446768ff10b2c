using Orchestrator.HostAgent.Images;
using Orchestrator.HostAgent.Tests.Support;

namespace Orchestrator.HostAgent.Tests.Images;

public sealed class RootedPathTests : IDisposable
{
    private readonly TemporaryDirectory _root = new();

    public void Dispose() => _root.Dispose();

    [Theory]
    [InlineData("/usr/bin/app", "usr/bin/app")]
    [InlineData("bin/app", "usr/bin/app")]
    [InlineData("absolute/app", "usr/bin/app")]
    [InlineData("../../../etc/passwd", "etc/passwd")]
    [InlineData("up/etc/passwd", "etc/passwd")]
    [InlineData("/./usr//bin/../bin/app", "usr/bin/app")]
    public void Every_path_ends_inside_the_root(string path, string expected)
    {
        Directory.CreateDirectory(_root["usr/bin"]);
        File.CreateSymbolicLink(_root["bin"], "usr/bin");
        File.CreateSymbolicLink(_root["absolute"], "/usr/bin");
        File.CreateSymbolicLink(_root["up"], "../../..");

        Assert.Equal(_root[expected], RootedPath.Resolve(_root.Path, path, followLast: true));
    }

    [Fact]
    public void The_last_link_is_followed_only_if_asked()
    {
        File.CreateSymbolicLink(_root["link"], "/target");

        Assert.Equal(_root["link"], RootedPath.Resolve(_root.Path, "link", followLast: false));
        Assert.Equal(_root["target"], RootedPath.Resolve(_root.Path, "link", followLast: true));
    }
}
