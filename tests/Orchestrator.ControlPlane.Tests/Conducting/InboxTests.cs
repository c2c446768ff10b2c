using Microsoft.Extensions.Time.Testing;
using Orchestrator.ControlPlane.Conducting;
using Orchestrator.Core;
using Orchestrator.Core.Reconciliation;

namespace Orchestrator.ControlPlane.Tests.Conducting;

public sealed class InboxTests
{
    private readonly FakeTimeProvider _clock = new();

    [Fact]
    public async Task A_full_inbox_makes_the_next_one_wait_and_then_turns_it_away()
    {
        var inbox = new Inbox(_clock);
        var waiting = Enumerable
            .Range(0, Inbox.AskedCapacity)
            .Select(_ => inbox.AskAsync(new CellInput.Tick(), Workbench.Token))
            .ToList();

        var late = inbox.AskAsync(new CellInput.Tick(), Workbench.Token);
        Assert.False(late.IsCompleted);
        _clock.Advance(Inbox.FullWithin);

        await Assert.ThrowsAsync<ConductorBusyException>(() => late);
        Assert.DoesNotContain(waiting, asked => asked.IsCompleted);
    }

    [Fact]
    public async Task Who_waits_for_room_gets_in_when_there_is_some()
    {
        var inbox = new Inbox(_clock);
        for (var count = 0; count < Inbox.AskedCapacity; count++)
        {
            _ = inbox.AskAsync(new CellInput.Tick(), Workbench.Token);
        }

        var late = inbox.AskAsync(new CellInput.Tick(), Workbench.Token);
        var asked = Inbox.AskedCapacity + 1;
        await Workbench.UntilAsync(() =>
        {
            foreach (var question in inbox.TakeBatch())
            {
                asked--;
                question.Answer!.SetResult(new CellAnswer.Accepted("", ""));
            }

            return asked == 0;
        });

        Assert.IsType<CellAnswer.Accepted>(await late);
    }

    [Fact]
    public void A_batch_has_a_bound_and_takes_what_is_asked_before_what_is_told()
    {
        var inbox = new Inbox(_clock);
        for (var count = 0; count < Inbox.MaxBatch; count++)
        {
            Assert.True(inbox.TryTell(Heard("h1")));
        }

        _ = inbox.AskAsync(new CellInput.Tick(), Workbench.Token);
        var batch = inbox.TakeBatch();

        Assert.Equal(Inbox.MaxBatch, batch.Count);
        Assert.IsType<CellInput.Tick>(batch[0].Input);
        Assert.Single(inbox.TakeBatch());
        Assert.Empty(inbox.TakeBatch());
    }

    [Fact]
    public void News_without_room_is_dropped_and_counted()
    {
        var inbox = new Inbox(_clock);
        for (var count = 0; count < Inbox.ToldCapacity; count++)
        {
            inbox.TryTell(Heard("h1"));
        }

        Assert.False(inbox.TryTell(Heard("h2")));

        Assert.Equal(1, inbox.Dropped);
    }

    [Fact]
    public async Task Who_has_left_is_not_decided_for()
    {
        var inbox = new Inbox(_clock);
        using var leaving = new CancellationTokenSource();
        var asked = inbox.AskAsync(new CellInput.Tick(), leaving.Token);

        await leaving.CancelAsync();

        Assert.Empty(inbox.TakeBatch());
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => asked);
    }

    [Fact]
    public async Task News_waits_for_the_tick_and_a_question_does_not()
    {
        var inbox = new Inbox(_clock);
        var tick = TimeSpan.FromMilliseconds(200);

        var reading = inbox.ReadBatchAsync(tick, Workbench.Token);
        inbox.TryTell(Heard("h1"));
        Assert.False(reading.IsCompleted);
        _clock.Advance(tick);
        Assert.IsType<CellInput.HostHeard>(Assert.Single(await reading).Input);

        var next = inbox.ReadBatchAsync(tick, Workbench.Token);
        _ = inbox.AskAsync(new CellInput.Tick(), Workbench.Token);

        Assert.IsType<CellInput.Tick>(Assert.Single(await next).Input);
    }

    private static CellInput.HostHeard Heard(string host) => new(HostId.Parse(host), "s", 0, 0, "d");
}
