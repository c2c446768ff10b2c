using System.Diagnostics;
using System.Threading.Channels;
using Orchestrator.HostAgent.Platform;

namespace Orchestrator.HostAgent.Tests.Runtimes.Garden;

/// <summary>A real process of this machine, seen through pipes as Garden sees those of its containers.</summary>
internal sealed class FakeProcess
{
    private readonly Process _process;
    private readonly List<FakeStream> _streams = [];
    private readonly Lock _lock = new();

    /// <summary>Until somebody attaches, at the start or after a restart, what it prints stays in the pipe.</summary>
    private TaskCompletionSource _copying = new(TaskCreationOptions.RunContinuationsAsynchronously);

    public FakeProcess(string id, ProcessStartInfo start)
    {
        Id = id;
        start.RedirectStandardInput = true;
        start.RedirectStandardOutput = true;
        start.RedirectStandardError = true;
        _process = Process.Start(start)!;
        ExitStatus = RunAsync();
    }

    public string Id { get; }

    /// <summary>Known when it has ended and everybody who holds its outputs has closed them.</summary>
    public Task<int> ExitStatus { get; }

    public bool HasExited => _process.HasExited;

    public FakeStream Attach(string streamId)
    {
        var stream = new FakeStream(streamId);
        lock (_lock)
        {
            _streams.Add(stream);
            _copying.TrySetResult();
        }

        return stream;
    }

    public void Detach()
    {
        lock (_lock)
        {
            _streams.Clear();
            _copying = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        }
    }

    public void Signal(int signal)
    {
        if (!_process.HasExited)
        {
            Libc.TrySignal(_process.Id, signal);
        }
    }

    public async Task WriteAsync(string text)
    {
        try
        {
            await _process.StandardInput.WriteAsync(text);
            await _process.StandardInput.FlushAsync();
        }
        catch (Exception e) when (e is IOException or ObjectDisposedException or InvalidOperationException)
        {
            // It does not read, or its input has ended.
        }
    }

    public void EndInput()
    {
        try
        {
            _process.StandardInput.Close();
        }
        catch (Exception e) when (e is IOException or ObjectDisposedException or InvalidOperationException)
        {
            // Ended before.
        }
    }

    private async Task<int> RunAsync()
    {
        await Task.WhenAll(
            CopyAsync(_process.StandardOutput.BaseStream, stream => stream.Output),
            CopyAsync(_process.StandardError.BaseStream, stream => stream.Errors)
        );
        await _process.WaitForExitAsync();
        return _process.ExitCode;
    }

    private async Task CopyAsync(Stream from, Func<FakeStream, Channel<byte[]>> to)
    {
        var buffer = new byte[4096];
        while (true)
        {
            var count = await from.ReadAsync(buffer);
            Task copying;
            lock (_lock)
            {
                copying = _copying.Task;
            }

            await copying;
            if (count == 0)
            {
                return;
            }

            lock (_lock)
            {
                foreach (var stream in _streams)
                {
                    to(stream).Writer.TryWrite(buffer[..count]); // A full one drops it, as Garden does.
                }
            }
        }
    }
}

/// <summary>What one client has attached to, for it to fetch on connections of their own.</summary>
internal sealed class FakeStream(string id)
{
    private const int MaxChunks = 1000;

    public string Id => id;

    public Channel<byte[]> Output { get; } = NewChannel();

    public Channel<byte[]> Errors { get; } = NewChannel();

    public void Stop()
    {
        Output.Writer.TryComplete();
        Errors.Writer.TryComplete();
    }

    private static Channel<byte[]> NewChannel() => Channel.CreateBounded<byte[]>(MaxChunks);
}
