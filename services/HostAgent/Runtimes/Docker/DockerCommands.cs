using System.Net;
using System.Net.Sockets;
using System.Text;
using Docker.DotNet;
using Docker.DotNet.Models;

namespace Orchestrator.HostAgent.Runtimes.Docker;

/// <summary>What is done in and asked of a container that runs.</summary>
internal sealed class DockerCommands(DockerEngine engine, DockerContainers containers)
{
    /// <summary>Gigabytes onto a slow disk.</summary>
    private static readonly TimeSpan TransferDeadline = TimeSpan.FromMinutes(15);

    /// <summary>What a shell says of a program that cannot be run; the daemons say it too.</summary>
    private const long CannotExecute = 126;
    private const long NotFound = 127;

    /// <summary>How both daemons begin to tell that they could not start a program.</summary>
    private const string StartFailure = "OCI runtime";

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

    public async Task<int> ExecuteAsync(string containerId, ContainerExec exec, CancellationToken cancellationToken)
    {
        var created = await engine.CallAsync(
            "run a program in a container",
            (client, token) =>
                client.Exec.CreateContainerExecAsync(
                    containers.NameOf(containerId),
                    new ContainerExecCreateParameters
                    {
                        Cmd = [.. exec.Arguments],
                        AttachStdin = exec.Input is not null,
                        AttachStdout = true,
                        AttachStderr = true,
                    },
                    token
                ),
            cancellationToken
        );
        var head = new HeadStream(exec.Output);
        var errors = new HeadStream(exec.Errors);
        // Lasts as long as the program does.
        await engine.CallAsync(
            "run a program in a container",
            Timeout.InfiniteTimeSpan,
            async (client, token) =>
            {
                using var attached = await client.Exec.StartContainerExecAsync(
                    created.ID,
                    new ContainerExecStartParameters(),
                    token
                );
                await CopyAsync(attached, exec.Input, head, errors, token);
                return true;
            },
            cancellationToken
        );
        var ended = await engine.CallAsync(
            "tell how a program ended",
            (client, token) => client.Exec.InspectContainerExecAsync(created.ID, token),
            cancellationToken
        );
        var code =
            (ended.Running ? null : ended.ExitCode)
            ?? throw new RuntimeFailedException("The program was cut off from us and may go on.");
        var failure = head.Text.Contains(StartFailure, StringComparison.Ordinal) ? head.Text : errors.Text;
        return code is CannotExecute or NotFound && failure.Contains(StartFailure, StringComparison.Ordinal)
            ? throw new RuntimeFailedException($"{exec.Arguments[0]} cannot be started: {failure.Trim()}")
            : (int)code;
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

    private static async Task CopyAsync(
        MultiplexedStream attached,
        Stream? input,
        Stream output,
        Stream errors,
        CancellationToken cancellationToken
    )
    {
        using var ended = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        var sending = SendAsync(attached, input, ended.Token);
        try
        {
            await attached.CopyOutputToAsync(Stream.Null, output, errors, cancellationToken);
        }
        catch (IOException e)
            when (e.InnerException is SocketException { SocketErrorCode: SocketError.ConnectionReset })
        {
            // How Podman ends where a program did not read all that it could; everything written was read before.
        }
        finally
        {
            await ended.CancelAsync(); // A program need not read all that it could.
            await sending;
        }
    }

    private static async Task SendAsync(MultiplexedStream attached, Stream? input, CancellationToken cancellationToken)
    {
        if (input is null)
        {
            return;
        }

        try
        {
            await attached.CopyFromAsync(input, cancellationToken);
            attached.CloseWrite();
        }
        catch (Exception e) when (e is IOException or OperationCanceledException or ObjectDisposedException)
        {
            // It has ended: what it left unread is nobody's.
        }
    }

    /// <summary>Passes everything on and remembers the beginning, which tells why a program did not start.</summary>
    private sealed class HeadStream(Stream inner) : Stream
    {
        private const int MaxHeadBytes = 1024;

        private readonly MemoryStream _head = new();

        public string Text => Encoding.UTF8.GetString(_head.ToArray());

        public override bool CanRead => false;

        public override bool CanSeek => false;

        public override bool CanWrite => true;

        public override long Length => throw new NotSupportedException();

        public override long Position
        {
            get => throw new NotSupportedException();
            set => throw new NotSupportedException();
        }

        public override async ValueTask WriteAsync(
            ReadOnlyMemory<byte> buffer,
            CancellationToken cancellationToken = default
        )
        {
            var kept = (int)Math.Min(buffer.Length, MaxHeadBytes - _head.Length);
            _head.Write(buffer.Span[..kept]);
            await inner.WriteAsync(buffer, cancellationToken);
            await inner.FlushAsync(cancellationToken);
        }

        public override Task WriteAsync(byte[] buffer, int offset, int count, CancellationToken cancellationToken) =>
            WriteAsync(buffer.AsMemory(offset, count), cancellationToken).AsTask();

        public override void Flush() => inner.Flush();

        public override int Read(byte[] buffer, int offset, int count) => throw new NotSupportedException();

        public override long Seek(long offset, SeekOrigin origin) => throw new NotSupportedException();

        public override void SetLength(long value) => throw new NotSupportedException();

        public override void Write(byte[] buffer, int offset, int count) => throw new NotSupportedException();
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
