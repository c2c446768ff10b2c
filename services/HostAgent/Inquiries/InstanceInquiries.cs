using System.Text;
using System.Threading.Channels;
using Microsoft.Extensions.Logging;
using Orchestrator.Contracts.Bus;
using Orchestrator.HostAgent.Instances;
using Orchestrator.HostAgent.Platform;
using Orchestrator.HostAgent.Reporting;
using Orchestrator.HostAgent.Runtimes;

namespace Orchestrator.HostAgent.Inquiries;

/// <summary>
/// Answers what takes time: programs and files in instances, and what instances use. They run beside the queue of the host, on which
/// assignments must not wait for them.
/// </summary>
internal sealed partial class InstanceInquiries(
    InstanceRecords records,
    IContainerRuntime runtime,
    BusLink link,
    TimeProvider clock,
    ILogger<InstanceInquiries> logger
)
{
    /// <summary>People ask, a few at a time.</summary>
    private const int MaxAtOnce = 8;

    private const int MaxWaiting = 32;

    /// <summary>Of each stream: an answer is one message.</summary>
    public const int MaxOutputBytes = 64 * 1024;

    private const int MaxTimeoutMilliseconds = 60_000;

    private static readonly TimeSpan CopyDeadline = TimeSpan.FromSeconds(30);

    private static readonly TimeSpan MeasuredFor = TimeSpan.FromMilliseconds(500);

    private readonly Channel<Func<CancellationToken, Task>> _waiting = Channel.CreateBounded<
        Func<CancellationToken, Task>
    >(MaxWaiting);

    public Task RunAsync(CancellationToken cancellationToken) =>
        Parallel.ForEachAsync(
            _waiting.Reader.ReadAllAsync(cancellationToken),
            new ParallelOptions { MaxDegreeOfParallelism = MaxAtOnce, CancellationToken = cancellationToken },
            async (inquiry, token) => await inquiry(token)
        );

    public Task TakeAsync(RunProgram request, CancellationToken cancellationToken) =>
        _waiting.Writer.TryWrite(token => AnswerAsync(request.ReplyQueue, ct => RunAsync(request, ct), token))
            ? Task.CompletedTask
            : link.AnswerAsync(
                request.ReplyQueue,
                NotRun(request, $"the host runs {MaxAtOnce} programs for others, and {MaxWaiting} wait"),
                cancellationToken
            );

    public Task TakeAsync(CopyFile request, CancellationToken cancellationToken) =>
        _waiting.Writer.TryWrite(token => AnswerAsync(request.ReplyQueue, ct => CopyAsync(request, ct), token))
            ? Task.CompletedTask
            : link.AnswerAsync(
                request.ReplyQueue,
                new FileCopied
                {
                    RequestId = request.RequestId,
                    Failure = $"the host does {MaxAtOnce} things for others, and {MaxWaiting} wait",
                },
                cancellationToken
            );

    /// <summary>Turned away it stays silent: whoever asks again soon gets an answer.</summary>
    public Task TakeAsync(MeasureInstances request)
    {
        _waiting.Writer.TryWrite(token => AnswerAsync(request.ReplyQueue, ct => MeasureAsync(request, ct), token));
        return Task.CompletedTask;
    }

    private async Task<ProgramRan> RunAsync(RunProgram request, CancellationToken cancellationToken)
    {
        if (request.Arguments is not [{ Length: > 0 }, ..] || request.Arguments.Any(each => each.Contains('\0')))
        {
            return NotRun(request, "there is no program, or an argument contains NUL");
        }

        if (records.Find(request.InstanceId) is not { } record)
        {
            return NotRun(request, "the host has no such instance");
        }

        var timeout = TimeSpan.FromMilliseconds(Math.Clamp(request.TimeoutMilliseconds, 1, MaxTimeoutMilliseconds));
        using var deadline = new CancellationTokenSource(timeout, clock);
        using var either = CancellationTokenSource.CreateLinkedTokenSource(deadline.Token, cancellationToken);
        await using var output = new BoundedBuffer(MaxOutputBytes);
        await using var errors = new BoundedBuffer(MaxOutputBytes);
        using var input = new MemoryStream(Encoding.UTF8.GetBytes(request.Input));
        var exec = new ContainerExec
        {
            Arguments = request.Arguments,
            Input = input,
            Output = output,
            Errors = errors,
        };
        int? code = null;
        var failure = "";
        try
        {
            code = await runtime.ExecuteAsync(record.ContainerId, exec, either.Token);
        }
        catch (OperationCanceledException) when (!cancellationToken.IsCancellationRequested)
        {
            failure = $"it did not end within {timeout.TotalSeconds:0.###} s and was killed";
        }
        catch (Exception e) when (InstanceRunner.IsOfTheWorld(e))
        {
            failure = e.Message;
        }

        return new ProgramRan
        {
            RequestId = request.RequestId,
            ExitCode = code,
            Output = output.ToText(),
            Errors = errors.ToText(),
            IsCut = output.IsCut || errors.IsCut,
            Failure = failure,
        };
    }

    private async Task<FileCopied> CopyAsync(CopyFile request, CancellationToken cancellationToken)
    {
        var failure = "";
        using var deadline = new CancellationTokenSource(CopyDeadline, clock);
        using var either = CancellationTokenSource.CreateLinkedTokenSource(deadline.Token, cancellationToken);
        try
        {
            using var content = new MemoryStream(Convert.FromBase64String(request.Content));
            if (records.Find(request.InstanceId) is { } record)
            {
                var file = ContainerFile.Of(request.Path, request.Mode, content);
                await runtime.CopyInAsync(record.ContainerId, file, either.Token);
            }
            else
            {
                failure = "the host has no such instance";
            }
        }
        catch (OperationCanceledException) when (!cancellationToken.IsCancellationRequested)
        {
            failure = $"it was not copied within {CopyDeadline.TotalSeconds:0.###} s";
        }
        catch (Exception e) when (InstanceRunner.IsOfTheWorld(e) || e is FormatException)
        {
            failure = e.Message;
        }

        return new FileCopied { RequestId = request.RequestId, Failure = failure };
    }

    private async Task<InstancesMeasured> MeasureAsync(MeasureInstances request, CancellationToken cancellationToken)
    {
        var since = clock.GetTimestamp();
        var before = await ReadAllAsync(cancellationToken);
        await Task.Delay(MeasuredFor, clock, cancellationToken);
        var after = await ReadAllAsync(cancellationToken);
        var elapsed = clock.GetElapsedTime(since);
        return new InstancesMeasured
        {
            RequestId = request.RequestId,
            Instances =
            [
                .. after
                    .Where(each => before.ContainsKey(each.Key))
                    .Select(each => new InstanceUsage
                    {
                        InstanceId = each.Key.Instance,
                        CpuMillicores = Millicores(each.Value.CpuTime - before[each.Key].CpuTime, elapsed),
                        MemoryBytes = each.Value.MemoryBytes,
                        Tasks = each.Value.Tasks,
                    }),
            ],
        };
    }

    /// <summary>By container too: one that was restarted in between has used less than before.</summary>
    private async Task<Dictionary<(string Instance, string Container), ContainerUsage>> ReadAllAsync(
        CancellationToken cancellationToken
    )
    {
        var all = new Dictionary<(string, string), ContainerUsage>();
        foreach (var (instance, record) in records.All)
        {
            if (await runtime.MeasureAsync(record.ContainerId, cancellationToken) is { } usage)
            {
                all[(instance, record.ContainerId)] = usage;
            }
        }

        return all;
    }

    private static int Millicores(TimeSpan used, TimeSpan elapsed) =>
        (int)Math.Round(Math.Max(0, used / elapsed) * 1000);

    private static ProgramRan NotRun(RunProgram request, string failure) =>
        new()
        {
            RequestId = request.RequestId,
            ExitCode = null,
            Output = "",
            Errors = "",
            IsCut = false,
            Failure = failure,
        };

    /// <summary>One inquiry's failure is its own, and whoever asked learns it by silence.</summary>
    private async Task AnswerAsync<T>(
        string queue,
        Func<CancellationToken, Task<T>> answer,
        CancellationToken cancellationToken
    )
        where T : class
    {
        try
        {
            await link.AnswerAsync(queue, await answer(cancellationToken), cancellationToken);
        }
        catch (Exception e) when (InstanceRunner.IsOfTheWorld(e))
        {
            LogNotAnswered(queue, e.Message);
        }
    }

    [LoggerMessage(LogLevel.Information, "{Queue} asked something and cannot be answered: {Reason}")]
    private partial void LogNotAnswered(string queue, string reason);
}
