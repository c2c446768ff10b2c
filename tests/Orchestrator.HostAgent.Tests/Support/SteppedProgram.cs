using System.Collections;
using System.ComponentModel;
using System.Diagnostics;
using System.Runtime.InteropServices;
using Orchestrator.HostAgent.Platform;

namespace Orchestrator.HostAgent.Tests.Support;

/// <summary>
/// A program that is killed just before one of its <see cref="Steps"/>, whichever of its threads would take it. Programs
/// that it starts are not followed: their steps are not counted, and they live on.
/// </summary>
internal sealed class SteppedProgram
{
    private static readonly TimeSpan Quiet = TimeSpan.FromMilliseconds(700);

    private readonly string _begins;
    private readonly int _last;
    private readonly TaskCompletionSource<int> _started = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly TaskCompletionSource _ended = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly List<string> _steps = [];
    private long _newest = Stopwatch.GetTimestamp();

    private SteppedProgram(string begins, int last) => (_begins, _last) = (begins, last);

    /// <summary>What it has done, and last what it was killed before; once it has ended.</summary>
    public IReadOnlyList<string> Taken => _steps;

    /// <summary>Completes with its death.</summary>
    public Task Ended => _ended.Task;

    /// <summary>It has not taken a step for a while.</summary>
    public bool IsQuiet => Stopwatch.GetElapsedTime(Interlocked.Read(ref _newest)) > Quiet;

    /// <summary>Why no program can be followed here; null if one can.</summary>
    public static async Task<string?> WhyNotAsync()
    {
        if (RuntimeInformation.ProcessArchitecture != Architecture.X64)
        {
            return "the numbers of system calls are known for x64 only";
        }

        try
        {
            await Start("/bin/true", new Dictionary<string, string>(), begins: "/", last: 1).Ended;
            return null;
        }
        catch (Win32Exception e)
        {
            return $"no program may be followed here: {e.Message}";
        }
    }

    /// <param name="begins">The first step that names this is the first to count: the runtime has its own before it.</param>
    /// <param name="last">Before which step it is killed.</param>
    public static SteppedProgram Start(
        string path,
        IReadOnlyDictionary<string, string> variables,
        string begins,
        int last
    )
    {
        var program = new SteppedProgram(begins, last);
        // Followed are the threads of whoever follows, so one thread does it all.
        new Thread(() => program.Follow(path, variables)) { IsBackground = true }.Start();
        return program;
    }

    public async Task KillAsync()
    {
        Libc.TrySignal(await _started.Task, Libc.SignalKill);
        await Ended;
    }

    private void Follow(string path, IReadOnlyDictionary<string, string> variables)
    {
        try
        {
            var all = Environment
                .GetEnvironmentVariables()
                .Cast<DictionaryEntry>()
                .Where(pair => !variables.ContainsKey((string)pair.Key))
                .Select(pair => $"{pair.Key}={pair.Value}")
                .Concat(variables.Select(pair => $"{pair.Key}={pair.Value}"));
            var processId = Ptrace.Start("/bin/sh", ["sh", "-c", "kill -STOP $$; exec \"$0\"", path], [.. all]);
            try
            {
                Ptrace.FollowStopped(processId);
            }
            catch (Win32Exception)
            {
                Libc.TrySignal(processId, Libc.SignalKill); // It would stay stopped for ever.
                throw;
            }

            _started.SetResult(processId);
            Libc.TrySignal(processId, Ptrace.ContinueSignal);
            while (Ptrace.Wait() is var (threadId, status))
            {
                Handle(processId, threadId, status);
            }

            _ended.SetResult();
        }
        catch (Exception e)
        {
            _started.TrySetException(e);
            _ended.TrySetException(e);
        }
    }

    private void Handle(int processId, int threadId, int status)
    {
        if ((status & 0xFF) != 0x7F)
        {
            return; // Gone.
        }

        var signal = (status >> 8) & 0xFF;
        switch (status >> 16)
        {
            case Ptrace.EventStop when signal == Ptrace.StopSignal:
                Ptrace.StayStopped(threadId);
                return;
            case not 0:
                Ptrace.Resume(threadId, signal: 0);
                return;
            case 0 when signal != Ptrace.SystemCallStop:
                Ptrace.Resume(threadId, signal);
                return;
        }

        if (Ptrace.BeginningOf(threadId) is { } call && IsLast(threadId, call))
        {
            Libc.TrySignal(processId, Libc.SignalKill);
        }
        else
        {
            Ptrace.Resume(threadId, signal: 0);
        }
    }

    private bool IsLast(int threadId, Ptrace.SystemCall call)
    {
        if (
            _steps.Count >= _last
            || Steps.Of(threadId, call) is not { } step
            || (_steps.Count == 0 && !step.Contains(_begins, StringComparison.Ordinal))
        )
        {
            return false;
        }

        _steps.Add(step);
        Interlocked.Exchange(ref _newest, Stopwatch.GetTimestamp());
        return _steps.Count == _last;
    }
}
