using Orchestrator.Contracts.Bus;
using Orchestrator.ControlPlane.Inquiries;
using Orchestrator.Core;

namespace Orchestrator.ControlPlane.Logs;

/// <summary>What came of asking a host for a log.</summary>
internal abstract record LogAnswer
{
    private LogAnswer() { }

    /// <param name="NextOffset">To ask for what comes after.</param>
    public sealed record Read(string Text, long NextOffset) : LogAnswer;

    /// <summary>The host has no log of this instance.</summary>
    public sealed record NotFound : LogAnswer;

    /// <summary>Not in time, or there is nobody to ask.</summary>
    public sealed record NoAnswer(string Reason) : LogAnswer;
}

/// <summary>Asks hosts for pieces of logs.</summary>
internal sealed class LogReader(HostQuestions hosts)
{
    /// <summary>A person waits; an agent reads the end of a file in milliseconds.</summary>
    public static readonly TimeSpan AnswerWithin = TimeSpan.FromSeconds(5);

    /// <summary>What an agent is asked for at most; people read the rest piece by piece.</summary>
    public const int MaxTailLines = 10_000;

    /// <param name="offset">Where to go on, from an earlier answer; null for the last lines.</param>
    public async Task<LogAnswer> ReadAsync(
        HostId host,
        InstanceId instance,
        long? offset,
        int tailLines,
        CancellationToken cancellationToken
    )
    {
        var answer = await hosts.AskAsync<ReadLogs, LogsRead>(
            host,
            id => new ReadLogs
            {
                RequestId = id,
                ReplyQueue = hosts.ReplyQueue,
                InstanceId = instance.Value,
                Offset = offset,
                TailLines = Math.Clamp(tailLines, 1, MaxTailLines),
            },
            AnswerWithin,
            cancellationToken
        );
        return answer.Value switch
        {
            null => new LogAnswer.NoAnswer(answer.Silence),
            { IsFound: true } read => new LogAnswer.Read(read.Text, read.NextOffset),
            _ => new LogAnswer.NotFound(),
        };
    }
}
