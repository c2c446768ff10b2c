using Microsoft.Extensions.Time.Testing;
using Orchestrator.Contracts.Bus;
using Orchestrator.ControlPlane.Inquiries;
using Orchestrator.ControlPlane.Logs;
using Orchestrator.Core;
using static Orchestrator.ControlPlane.Tests.Workbench;

namespace Orchestrator.ControlPlane.Tests.Logs;

public sealed class LogReaderTests
{
    private static readonly HostId Host = HostId.Parse("h1");
    private static readonly InstanceId Instance = InstanceId.Parse("cart.prod.1");
    private readonly FakeTimeProvider _clock = new();

    [Fact]
    public async Task Each_asker_gets_the_answer_to_its_own_question()
    {
        await using var bench = await OpenAsync();
        await using var hosts = new HostQuestions(bench.Bus, "replica-a", _clock);
        var reader = new LogReader(hosts);
        await AnswerAsync(bench, asked => new LogsRead(asked.RequestId, true, $"from {asked.Offset}", 100));

        var answers = await Task.WhenAll(
            Enumerable.Range(0, 20).Select(offset => reader.ReadAsync(Host, Instance, offset, tailLines: 10, Token))
        );

        Assert.Equal(Enumerable.Range(0, 20).Select(offset => new LogAnswer.Read($"from {offset}", 100)), answers);
    }

    [Fact]
    public async Task A_host_that_has_no_such_log_says_so()
    {
        await using var bench = await OpenAsync();
        await using var hosts = new HostQuestions(bench.Bus, "replica-a", _clock);
        var reader = new LogReader(hosts);
        await AnswerAsync(bench, asked => new LogsRead(asked.RequestId, IsFound: false, "", 0));

        Assert.IsType<LogAnswer.NotFound>(await reader.ReadAsync(Host, Instance, offset: null, tailLines: 10, Token));
    }

    [Fact]
    public async Task A_host_that_is_silent_or_unknown_is_no_answer()
    {
        await using var bench = await OpenAsync();
        await using var hosts = new HostQuestions(bench.Bus, "replica-a", _clock);
        var reader = new LogReader(hosts);

        var unknown = await reader.ReadAsync(Host, Instance, offset: null, tailLines: 10, Token);
        Assert.Contains("never", Assert.IsType<LogAnswer.NoAnswer>(unknown).Reason, StringComparison.Ordinal);

        var isAsked = false;
        await bench.Bus.ReceiveAsync<ReadLogs>(
            "host-h1",
            (_, _) =>
            {
                isAsked = true;
                return Task.CompletedTask;
            },
            Token
        );
        var asking = reader.ReadAsync(Host, Instance, offset: null, tailLines: 10, Token);
        await UntilAsync(() => isAsked);
        await UntilAsync(() =>
        {
            _clock.Advance(LogReader.AnswerWithin);
            return asking.IsCompleted;
        });

        Assert.Contains(
            "did not answer",
            Assert.IsType<LogAnswer.NoAnswer>(await asking).Reason,
            StringComparison.Ordinal
        );
    }

    [Fact]
    public async Task More_questions_than_there_is_room_for_are_turned_away()
    {
        await using var bench = await OpenAsync();
        await using var hosts = new HostQuestions(bench.Bus, "replica-a", _clock);
        var reader = new LogReader(hosts);
        await bench.Bus.ReceiveAsync<ReadLogs>("host-h1", (_, _) => Task.CompletedTask, Token);
        using var leaving = new CancellationTokenSource();
        var waiting = Enumerable
            .Range(0, HostQuestions.MaxPending)
            .Select(_ => reader.ReadAsync(Host, Instance, offset: null, tailLines: 10, leaving.Token))
            .ToList();

        var answer = await reader.ReadAsync(Host, Instance, offset: null, tailLines: 10, Token);

        Assert.IsType<LogAnswer.NoAnswer>(answer);
        await leaving.CancelAsync();
        await UntilAsync(() => waiting.TrueForAll(asked => asked.IsCanceled));
    }

    private static Task AnswerAsync(Workbench bench, Func<ReadLogs, LogsRead> answer) =>
        bench.Bus.ReceiveAsync<ReadLogs>(
            "host-h1",
            (asked, cancellationToken) => bench.Bus.SendAsync(asked.ReplyQueue, answer(asked), cancellationToken),
            Token
        );
}
