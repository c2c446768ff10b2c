using System.Diagnostics;
using System.Net.Sockets;
using System.Text;
using Docker.DotNet;
using Docker.DotNet.Models;
using Orchestrator.HostAgent.Platform;

namespace Orchestrator.HostAgent.Runtimes.Docker;

/// <summary>Runs programs in containers that run, with their user and environment.</summary>
internal sealed class DockerExec(DockerEngine engine, DockerContainers containers)
{
    /// <summary>What a shell says of a program that cannot be run; the daemons say it too.</summary>
    private const long CannotExecute = 126;
    private const long NotFound = 127;

    /// <summary>For ten seconds: a program that was never started has no process to wait for.</summary>
    private const int MaxLooks = 100;

    private static readonly TimeSpan LookInterval = TimeSpan.FromMilliseconds(100);

    /// <summary>How both daemons begin to tell that they could not start a program.</summary>
    private const string StartFailure = "OCI runtime";

    public async Task<int> RunAsync(string containerId, ContainerExec exec, CancellationToken cancellationToken)
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
        try
        {
            await AttachAsync(created.ID, exec.Input, head, errors, cancellationToken);
        }
        catch (OperationCanceledException) when (cancellationToken.IsCancellationRequested)
        {
            await KillAsync(created.ID);
            throw;
        }

        var ended = await InspectAsync(created.ID, cancellationToken);
        var code =
            (ended.Running ? null : ended.ExitCode)
            ?? throw new RuntimeFailedException("The program was cut off from us and may go on.");
        var failure = head.Text.Contains(StartFailure, StringComparison.Ordinal) ? head.Text : errors.Text;
        return code is CannotExecute or NotFound && failure.Contains(StartFailure, StringComparison.Ordinal)
            ? throw new RuntimeFailedException($"{exec.Arguments[0]} cannot be started: {failure.Trim()}")
            : (int)code;
    }

    /// <summary>Lasts as long as the program does.</summary>
    private async Task AttachAsync(
        string execId,
        Stream? input,
        Stream output,
        Stream errors,
        CancellationToken cancellationToken
    ) =>
        await engine.CallAsync(
            "run a program in a container",
            Timeout.InfiniteTimeSpan,
            async (client, token) =>
            {
                using var attached = await client.Exec.StartContainerExecAsync(
                    execId,
                    new ContainerExecStartParameters(),
                    token
                );
                await CopyAsync(attached, input, output, errors, token);
                return true;
            },
            cancellationToken
        );

    private Task<ContainerExecInspectResponse> InspectAsync(string execId, CancellationToken cancellationToken) =>
        engine.CallAsync(
            "tell how a program ended",
            (client, token) => client.Exec.InspectContainerExecAsync(execId, token),
            cancellationToken
        );

    /// <summary>
    /// The daemons have no request for it, so it is done by us, where the daemon's processes are ours to see: an id of
    /// another machine's process must never be taken for one of this.
    /// </summary>
    private async Task KillAsync(string execId)
    {
        var program = await InspectAsync(execId, CancellationToken.None);
        // The process is there a moment before the daemon knows of it; dockerd calls it running before it knows its id.
        for (
            var look = 0;
            look < MaxLooks && program.ExitCode is null && (!program.Running || program.Pid == 0);
            look++
        )
        {
            await Task.Delay(LookInterval);
            program = await InspectAsync(execId, CancellationToken.None);
        }

        if (!program.Running || program.Pid == 0)
        {
            return;
        }

        var container = await engine.CallAsync(
            "inspect a container",
            (client, token) => client.Containers.InspectContainerAsync(program.ContainerID, token),
            CancellationToken.None
        );
        var first = (int)(container.State?.Pid ?? 0);
        var pid = (int)program.Pid;
        if (
            ProcessIdentity.NamespaceOf(pid) is { } inside
            && string.Equals(inside, ProcessIdentity.NamespaceOf(first), StringComparison.Ordinal)
            && !string.Equals(inside, ProcessIdentity.NamespaceOf(Environment.ProcessId), StringComparison.Ordinal)
        )
        {
            KillTree(pid);
        }
    }

    private static void KillTree(int processId)
    {
        try
        {
            using var process = Process.GetProcessById(processId);
            process.Kill(entireProcessTree: true);
        }
        catch (Exception e) when (e is ArgumentException or InvalidOperationException)
        {
            // It has ended meanwhile.
        }
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
            // How Podman ends where a program did not read all that it could. What it said last may be lost with it.
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
    private sealed class HeadStream(Stream inner) : WriteOnlyStream
    {
        private const int MaxHeadBytes = 1024;

        private readonly MemoryStream _head = new();

        public string Text => Encoding.UTF8.GetString(_head.ToArray());

        public override void Write(ReadOnlySpan<byte> buffer)
        {
            Keep(buffer);
            inner.Write(buffer);
            inner.Flush();
        }

        public override async ValueTask WriteAsync(
            ReadOnlyMemory<byte> buffer,
            CancellationToken cancellationToken = default
        )
        {
            Keep(buffer.Span);
            await inner.WriteAsync(buffer, cancellationToken);
            await inner.FlushAsync(cancellationToken);
        }

        public override void Flush() => inner.Flush();

        private void Keep(ReadOnlySpan<byte> written) =>
            _head.Write(written[..(int)Math.Min(written.Length, MaxHeadBytes - _head.Length)]);
    }
}
