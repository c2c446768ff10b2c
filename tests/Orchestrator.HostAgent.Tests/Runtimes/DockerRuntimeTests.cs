using Microsoft.Extensions.Logging.Abstractions;
using Orchestrator.HostAgent.Images;
using Orchestrator.HostAgent.Platform;
using Orchestrator.HostAgent.Runtimes;
using Orchestrator.HostAgent.Runtimes.Docker;
using Orchestrator.HostAgent.Tests.Support;

namespace Orchestrator.HostAgent.Tests.Runtimes;

public sealed class DockerRuntimeTests(DockerDaemon daemon) : DockerRuntimeContract
{
    protected override string Name => "docker";

    protected override Task<string> SocketAsync() => daemon.SocketAsync();
}

public sealed class PodmanRuntimeTests(PodmanService service) : DockerRuntimeContract
{
    protected override string Name => "podman";

    protected override Task<string> SocketAsync() => service.SocketAsync();
}

/// <summary>What a runtime with a daemon must do besides, whoever's daemon it is.</summary>
public abstract class DockerRuntimeContract : RuntimeContract
{
    private string _socket = "";

    protected abstract Task<string> SocketAsync();

    public override async ValueTask InitializeAsync()
    {
        Requirements.SkipUnlessPresent(Name);
        _socket = await SocketAsync();
        await base.InitializeAsync();
    }

    private protected override IContainerRuntime NewRuntime(string directory, ImageStore images, ExitWatch exits) =>
        NewRuntime(directory);

    private DockerRuntime NewRuntime(string directory) =>
        new(
            new DockerSettings
            {
                Directory = directory,
                Socket = _socket,
                ImageSources = [Path.Combine(Directory, "layout")],
                CredentialsPath = Path.Combine(Directory, "config.json"),
            },
            NullLogger<DockerRuntime>.Instance
        );
}
