using System.Net;
using Docker.DotNet;
using Docker.DotNet.Models;

namespace Orchestrator.HostAgent.Runtimes.Docker;

/// <summary>What a container that runs is asked, and given.</summary>
internal sealed class DockerCommands(DockerEngine engine, DockerContainers containers)
{
    /// <summary>Gigabytes onto a slow disk.</summary>
    private static readonly TimeSpan TransferDeadline = TimeSpan.FromMinutes(15);

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

    public async Task CopyInAsync(
        string containerId,
        string directory,
        Stream archive,
        CancellationToken cancellationToken
    )
    {
        if (await containers.FindAsync(containerId, cancellationToken) is not { IsRunning: true })
        {
            throw new RuntimeFailedException("The container does not run.");
        }

        var name = containers.NameOf(containerId);
        // Podman would make the directory.
        await engine.CallAsync(
            $"find {directory} in a container",
            (client, token) =>
                client.Containers.GetArchiveFromContainerAsync(
                    name,
                    new ContainerPathStatParameters { Path = directory },
                    statOnly: true,
                    token
                ),
            cancellationToken
        );
        await engine.CallAsync(
            "copy files into a container",
            TransferDeadline,
            async (client, token) =>
            {
                await client.Containers.ExtractArchiveToContainerAsync(
                    name,
                    new CopyToContainerParameters { Path = directory },
                    archive,
                    token
                );
                return true;
            },
            cancellationToken
        );
    }

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
