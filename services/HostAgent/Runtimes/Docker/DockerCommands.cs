using System.Net;
using Docker.DotNet;
using Docker.DotNet.Models;

namespace Orchestrator.HostAgent.Runtimes.Docker;

/// <summary>What a container that runs is asked, and given.</summary>
internal sealed class DockerCommands(DockerEngine engine, DockerContainers containers)
{
    /// <summary>Gigabytes onto a slow disk.</summary>
    private static readonly TimeSpan TransferDeadline = TimeSpan.FromMinutes(15);

    /// <summary>Of modes as Go has them.</summary>
    private const uint DirectoryBit = 1U << 31;

    /// <summary>Null if it does not run.</summary>
    public async Task<ContainerUsage?> MeasureAsync(string containerId, CancellationToken cancellationToken)
    {
        if (await containers.FindAsync(containerId, cancellationToken) is not { IsRunning: true })
        {
            return null;
        }

        var answer = new LastStats();
        await engine.CallAsync(
            "measure a container",
            async (client, token) =>
            {
                try
                {
                    await client.Containers.GetContainerStatsAsync(
                        containers.NameOf(containerId),
                        new ContainerStatsParameters { Stream = false, OneShot = true },
                        answer,
                        token
                    );
                }
                catch (DockerApiException e) when (e.StatusCode is HttpStatusCode.NotFound or HttpStatusCode.Conflict)
                {
                    // It has just ended.
                }

                return true;
            },
            cancellationToken
        );
        return answer.Usage;
    }

    public async Task CopyInAsync(string containerId, ContainerFile file, CancellationToken cancellationToken)
    {
        if (await containers.FindAsync(containerId, cancellationToken) is not { IsRunning: true })
        {
            throw new RuntimeFailedException("The container does not run.");
        }

        // Podman would make the directory, and both would put a file in the place of one.
        if (await ModeOfAsync(containerId, file.Directory, cancellationToken) is null)
        {
            throw new RuntimeFailedException($"The container has no directory '{file.Directory}'.");
        }

        if (await ModeOfAsync(containerId, file.Path, cancellationToken) is { } mode && (mode & DirectoryBit) != 0)
        {
            throw new RuntimeFailedException($"'{file.Path}' is a directory.");
        }

        await PipedArchive.SendAsync(
            file,
            archive => ExtractAsync(containerId, file.Directory, archive, cancellationToken),
            cancellationToken
        );
    }

    /// <summary>Null if there is no such thing.</summary>
    private Task<uint?> ModeOfAsync(string containerId, string path, CancellationToken cancellationToken) =>
        engine.CallAsync<uint?>(
            $"find {path} in a container",
            async (client, token) =>
            {
                try
                {
                    var found = await client.Containers.GetArchiveFromContainerAsync(
                        containers.NameOf(containerId),
                        new ContainerPathStatParameters { Path = path },
                        statOnly: true,
                        token
                    );
                    return found.Stat.Mode;
                }
                catch (DockerApiException e) when (e.StatusCode is HttpStatusCode.NotFound)
                {
                    return null;
                }
            },
            cancellationToken
        );

    private Task<bool> ExtractAsync(
        string containerId,
        string directory,
        Stream archive,
        CancellationToken cancellationToken
    ) =>
        engine.CallAsync(
            "copy files into a container",
            TransferDeadline,
            async (client, token) =>
            {
                await client.Containers.ExtractArchiveToContainerAsync(
                    containers.NameOf(containerId),
                    new CopyToContainerParameters { Path = directory },
                    archive,
                    token
                );
                return true;
            },
            cancellationToken
        );

    private sealed class LastStats : IProgress<ContainerStatsResponse>
    {
        private const double NanosecondsPerMicrosecond = 1000;

        public ContainerUsage? Usage { get; private set; }

        public void Report(ContainerStatsResponse value)
        {
            // One that has just ended has no memory, and then the other figures mean nothing either.
            if (value is not { MemoryStats.Usage: { } memory, CPUStats.CPUUsage: { } cpu })
            {
                return;
            }

            Usage = new ContainerUsage
            {
                CpuTime = TimeSpan.FromMicroseconds(cpu.TotalUsage / NanosecondsPerMicrosecond),
                MemoryBytes = (long)memory - (long)Math.Min(memory, InactiveFiles(value.MemoryStats)),
                Tasks = (int?)value.PidsStats?.Current,
            };
        }

        /// <summary>As control groups of version 1 call it, and those of version 2; Podman does not tell.</summary>
        private static ulong InactiveFiles(MemoryStats memory) =>
            memory.Stats is { } stats
            && (
                stats.TryGetValue("total_inactive_file", out var bytes) || stats.TryGetValue("inactive_file", out bytes)
            )
                ? bytes
                : 0;
    }
}
