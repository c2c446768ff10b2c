using System.Globalization;
using System.Net;
using System.Security.Cryptography;
using System.Text;
using Docker.DotNet;
using Docker.DotNet.Models;

namespace Orchestrator.HostAgent.Runtimes.Docker;

/// <summary>
/// The containers of one host among all that its daemon has. Those of other hosts, and whatever else runs there, are
/// neither seen nor touched.
/// </summary>
/// <param name="directory">The host's own: two hosts of one machine may have the same name, but never the same directory.</param>
internal sealed class DockerContainers(DockerEngine engine, string directory)
{
    public const string LogLabel = "orchestrator.log";

    private const string HostLabel = "orchestrator.host";
    private const string ContainerLabel = "orchestrator.container";

    /// <summary>A removal that somebody else has begun takes the daemon a moment.</summary>
    private static readonly TimeSpan RemoveInterval = TimeSpan.FromMilliseconds(100);

    private const int MaxRemoveTries = 100;

    private readonly string _host = Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(directory)));

    /// <summary>People find it by the id; the host's digits keep hosts apart.</summary>
    public string NameOf(string containerId) => $"orchestrator-{_host[..8]}-{containerId}";

    /// <summary>Creates it unless it is there already, and starts it.</summary>
    public async Task StartAsync(ContainerSpec spec, CancellationToken cancellationToken)
    {
        ContainerCommand.RefuseSecretVariables(spec, "whoever may inspect a container would see it");
        var name = NameOf(spec.ContainerId);
        var parameters = ContainerParameters.Of(spec, engine.IsPodman);
        parameters.Name = name;
        parameters.Labels = new Dictionary<string, string>(StringComparer.Ordinal)
        {
            [HostLabel] = _host,
            [ContainerLabel] = spec.ContainerId,
            [LogLabel] = spec.LogPath,
        };
        // Not cancelled: a create that nobody waits for would make a container after it was taken away.
        await engine.CallAsync(
            "create a container",
            async (client, token) =>
            {
                try
                {
                    await client.Containers.CreateContainerAsync(parameters, token);
                }
                catch (DockerApiException e) when (IsNameTaken(e))
                {
                    // By this very container: its id is never used again, so an earlier answer was lost.
                }

                return true;
            },
            CancellationToken.None
        );
        cancellationToken.ThrowIfCancellationRequested();
        await engine.CallAsync(
            "start a container",
            (client, token) => client.Containers.StartContainerAsync(name, new ContainerStartParameters(), token),
            CancellationToken.None
        );
    }

    public Task<IReadOnlyList<string>> ListAsync(CancellationToken cancellationToken) =>
        engine.CallAsync<IReadOnlyList<string>>(
            "list containers",
            async (client, token) =>
            {
                var all = await client.Containers.ListContainersAsync(
                    new ContainersListParameters
                    {
                        All = true,
                        Filters = new Dictionary<string, IDictionary<string, bool>>(StringComparer.Ordinal)
                        {
                            ["label"] = new Dictionary<string, bool>(StringComparer.Ordinal)
                            {
                                [$"{HostLabel}={_host}"] = true,
                            },
                        },
                    },
                    token
                );
                return
                [
                    .. all.Select(one => one.Labels.TryGetValue(ContainerLabel, out var id) ? id : null)
                        .OfType<string>()
                        .Order(StringComparer.Ordinal),
                ];
            },
            cancellationToken
        );

    /// <summary>Null if there is no such container.</summary>
    public Task<EngineContainer?> FindAsync(string containerId, CancellationToken cancellationToken) =>
        engine.CallAsync(
            "inspect a container",
            async (client, token) =>
            {
                try
                {
                    return EngineContainer.From(
                        await client.Containers.InspectContainerAsync(NameOf(containerId), token)
                    );
                }
                catch (DockerApiException e) when (e.StatusCode == HttpStatusCode.NotFound)
                {
                    return null;
                }
            },
            cancellationToken
        );

    /// <summary>False if it does not run.</summary>
    public Task<bool> SignalAsync(string containerId, int signal, CancellationToken cancellationToken) =>
        engine.CallAsync(
            "signal a container",
            async (client, token) =>
            {
                try
                {
                    await client.Containers.KillContainerAsync(
                        NameOf(containerId),
                        new ContainerKillParameters { Signal = signal.ToString(CultureInfo.InvariantCulture) },
                        token
                    );
                    return true;
                }
                catch (DockerApiException e) when (IsNotRunning(e))
                {
                    return false;
                }
            },
            cancellationToken
        );

    /// <summary>Completes when it no longer runs, with its exit code; null if it is gone.</summary>
    public Task<int?> WaitAsync(string containerId, CancellationToken cancellationToken) =>
        engine.CallAsync<int?>(
            "wait for a container",
            Timeout.InfiniteTimeSpan,
            async (client, token) =>
            {
                try
                {
                    var answer = await client.Containers.WaitContainerAsync(NameOf(containerId), token);
                    return answer.StatusCode < 0 ? null : (int)answer.StatusCode; // Podman: -1 if it never ran.
                }
                catch (DockerApiException e) when (e.StatusCode == HttpStatusCode.NotFound)
                {
                    return null;
                }
            },
            cancellationToken
        );

    /// <summary>Whatever it does, with the volumes that only it had.</summary>
    public async Task RemoveAsync(string containerId, CancellationToken cancellationToken)
    {
        for (var tries = 1; !await TryRemoveAsync(containerId, tries == MaxRemoveTries, cancellationToken); tries++)
        {
            await Task.Delay(RemoveInterval, cancellationToken);
        }
    }

    private Task<bool> TryRemoveAsync(string containerId, bool isLastTry, CancellationToken cancellationToken) =>
        engine.CallAsync(
            "remove a container",
            async (client, token) =>
            {
                try
                {
                    await client.Containers.RemoveContainerAsync(
                        NameOf(containerId),
                        new ContainerRemoveParameters { Force = true, RemoveVolumes = true },
                        token
                    );
                    return true;
                }
                catch (DockerApiException e) when (e.StatusCode == HttpStatusCode.NotFound)
                {
                    return true;
                }
                catch (DockerApiException e) when (e.StatusCode == HttpStatusCode.Conflict && !isLastTry)
                {
                    return false; // It is being removed already.
                }
            },
            cancellationToken
        );

    /// <summary>Docker says 409; Podman says 500, and what is the matter only in words.</summary>
    private static bool IsNameTaken(DockerApiException exception) =>
        exception.StatusCode == HttpStatusCode.Conflict || Says(exception, "name is already in use");

    private static bool IsNotRunning(DockerApiException exception) =>
        exception.StatusCode is HttpStatusCode.NotFound or HttpStatusCode.Conflict
        || Says(exception, "container state improper");

    private static bool Says(DockerApiException exception, string text) =>
        exception.StatusCode == HttpStatusCode.InternalServerError
        && exception.ResponseBody?.Contains(text, StringComparison.Ordinal) == true;
}

/// <summary>What the daemon knows of a container of ours.</summary>
/// <param name="LogPath">Where its log goes.</param>
/// <param name="HasMemoryLimit">Whether it can be killed for its memory alone.</param>
internal sealed record EngineContainer(ContainerStatus Status, string LogPath, bool HasMemoryLimit)
{
    public bool IsRunning => Status is ContainerStatus.Running;

    public static EngineContainer From(ContainerInspectResponse answer)
    {
        var labels = answer.Config?.Labels;
        return new EngineContainer(
            StatusOf(answer.State),
            labels is not null && labels.TryGetValue(DockerContainers.LogLabel, out var path) ? path : "",
            answer.HostConfig?.Memory > 0
        );
    }

    private static ContainerStatus StatusOf(State? state) =>
        state switch
        {
            { Running: true } => new ContainerStatus.Running(),
            { Status: "exited" or "dead" or "stopped" } when HasStarted(state) => new ContainerStatus.Ended(
                new ContainerExit((int)state.ExitCode, state.OOMKilled)
            ),
            // Created and never started, or failed to.
            _ => new ContainerStatus.Absent(),
        };

    /// <summary>The daemon's year 1 says never.</summary>
    private static bool HasStarted(State state) =>
        state.StartedAt is { Length: > 0 } text && !text.StartsWith("0001-", StringComparison.Ordinal);
}
