using System.Collections.Concurrent;
using System.Collections.Immutable;
using Orchestrator.Contracts.Bus;
using Orchestrator.Core;
using Orchestrator.Core.Fleet;

namespace Orchestrator.ControlPlane.Inquiries;

/// <summary>Asks hosts about the instances that they run, and to run programs in them.</summary>
internal sealed class InstanceQuestions(HostQuestions hosts)
{
    public const int MaxTimeoutSeconds = 60;

    /// <summary>Beyond that nobody reads what comes.</summary>
    public const int MaxHostsMeasured = 500;

    private const int MaxHostsAtOnce = 32;

    /// <summary>An agent measures for half a second; what a program takes comes on top.</summary>
    private static readonly TimeSpan AnswerWithin = TimeSpan.FromSeconds(5);

    /// <summary>Longer than an agent takes before it gives up.</summary>
    private static readonly TimeSpan CopyWithin = TimeSpan.FromSeconds(35);

    public Task<HostAnswer<ProgramRan>> RunAsync(
        Instance instance,
        IReadOnlyList<string> arguments,
        string input,
        TimeSpan timeout,
        CancellationToken cancellationToken
    ) =>
        hosts.AskAsync<RunProgram, ProgramRan>(
            instance.Host,
            id => new RunProgram
            {
                RequestId = id,
                ReplyQueue = hosts.ReplyQueue,
                InstanceId = instance.Id.Value,
                Arguments = arguments,
                Input = input,
                TimeoutMilliseconds = (int)timeout.TotalMilliseconds,
            },
            timeout + AnswerWithin,
            cancellationToken
        );

    public Task<HostAnswer<FileCopied>> CopyAsync(
        Instance instance,
        string path,
        int mode,
        string content,
        CancellationToken cancellationToken
    ) =>
        hosts.AskAsync<CopyFile, FileCopied>(
            instance.Host,
            id => new CopyFile
            {
                RequestId = id,
                ReplyQueue = hosts.ReplyQueue,
                InstanceId = instance.Id.Value,
                Path = path,
                Mode = mode,
                Content = content,
            },
            CopyWithin,
            cancellationToken
        );

    /// <summary>What each host answers about all its instances.</summary>
    public async Task<ImmutableSortedDictionary<HostId, HostAnswer<InstancesMeasured>>> MeasureAsync(
        IEnumerable<HostId> asked,
        CancellationToken cancellationToken
    )
    {
        var answers = new ConcurrentDictionary<HostId, HostAnswer<InstancesMeasured>>();
        await Parallel.ForEachAsync(
            asked,
            new ParallelOptions { MaxDegreeOfParallelism = MaxHostsAtOnce, CancellationToken = cancellationToken },
            async (host, token) =>
                answers[host] = await hosts.AskAsync<MeasureInstances, InstancesMeasured>(
                    host,
                    id => new MeasureInstances { RequestId = id, ReplyQueue = hosts.ReplyQueue },
                    AnswerWithin,
                    token
                )
        );
        return answers.ToImmutableSortedDictionary();
    }
}
