using Orchestrator.Cli.Api;
using Orchestrator.Cli.Rendering;
using Orchestrator.Contracts.Http;

namespace Orchestrator.Cli.Following;

/// <summary>Follows a published version: the train it boards, the next one if it is left behind, and its rollouts over all stages.</summary>
internal sealed class VersionJourney(Session session, Pace pace, PublishResult published)
{
    private readonly Dictionary<string, RolloutChanges> _changes = new(StringComparer.Ordinal);
    private readonly Dictionary<string, RolloutView> _rollouts = new(StringComparer.Ordinal);
    private TrainView? _train;
    private string _told = "";

    /// <param name="endsAtApproval">Ends as soon as a person must decide, instead of waiting on.</param>
    public async Task<Journey> FollowAsync(string channel, bool endsAtApproval, CancellationToken cancellationToken)
    {
        var office = await BookingOffice.OpenAsync(session.Api, pace, published, channel, cancellationToken);
        while (true)
        {
            var booking = await office.ReadAsync(cancellationToken);
            if (await AdvanceAsync(booking, endsAtApproval, cancellationToken) is { } end)
            {
                return end;
            }

            if (pace.IsOver)
            {
                return End(JourneyOutcome.TimedOut, $"{Name} is still under way: {_told}");
            }

            await pace.WaitAsync(cancellationToken);
        }
    }

    private string Name => $"{published.Service} {published.Version}";

    /// <summary>Null while there is more to come.</summary>
    private async Task<Journey?> AdvanceAsync(Booking booking, bool endsAtApproval, CancellationToken cancellationToken)
    {
        switch (booking)
        {
            case Booking.Aboard(var train):
                _train = train;
                Tell($"{train.Id}  {train.Phase}{Format.Because(train.Reason)}");
                await ReadRolloutsAsync(train, cancellationToken);
                return EndOf(train) ?? (endsAtApproval ? EndAtPerson() : null);
            case Booking.WaitsFor(var train):
                _train = train;
                Tell($"{train.Id}  {train.Phase}, departs {Format.Time(train.DepartsAt)}");
                return null;
            case Booking.Overtaken(var train, var other):
                _train = train;
                return End(
                    JourneyOutcome.Failed,
                    $"{Name} did not board {train.Id}: {other} did, which is higher. It travels only if that one is rolled back."
                );
            default:
                Tell($"{Name} waits for the next train of {published.Service}");
                return null;
        }
    }

    private async Task ReadRolloutsAsync(TrainView train, CancellationToken cancellationToken)
    {
        foreach (var id in train.Rollouts.Where(id => !_rollouts.TryGetValue(id, out var known) || !known.IsFinished))
        {
            var rollout = await pace.ReadAsync(
                token => session.Api.GetAsync(Paths.Rollout(id), CliJson.Default.RolloutView, token),
                cancellationToken
            );
            if (rollout.Service != published.Service)
            {
                continue;
            }

            _rollouts[id] = rollout;
            if (!_changes.TryGetValue(id, out var changes))
            {
                _changes[id] = changes = new RolloutChanges();
            }

            foreach (var line in changes.Tell(rollout))
            {
                Say(line);
            }
        }
    }

    private Journey? EndOf(TrainView train)
    {
        var failed = _rollouts.Values.FirstOrDefault(rollout => rollout is { IsFinished: true, IsSucceeded: false });
        if (failed is not null)
        {
            return End(
                JourneyOutcome.Failed,
                $"{Name} failed at {failed.Stage}: {failed.Phase}{Format.Because(failed.Reason)}"
            );
        }

        return train.Phase switch
        {
            "Arrived" => End(JourneyOutcome.Arrived, $"{Name} has arrived: {string.Join(" → ", Stages())}"),
            "ArrivedPartial" or "Recalled" => End(
                JourneyOutcome.Failed,
                $"{Name} did not arrive: {train.Phase}{Format.Because(train.Reason)}"
            ),
            _ => null,
        };
    }

    private Journey? EndAtPerson() =>
        _rollouts.Values.FirstOrDefault(Waiting.IsForPerson) is { } waiting
            ? End(
                JourneyOutcome.Waiting,
                $"{Name} waits for a person at {waiting.Stage}: {waiting.Phase}{Format.Because(waiting.Reason)}"
            )
            : null;

    private IEnumerable<string> Stages() =>
        _rollouts.Values.OrderBy(rollout => rollout.StartedAt).Select(rollout => rollout.Stage);

    private Journey End(string outcome, string summary)
    {
        var rollouts = _rollouts.Values.OrderBy(rollout => rollout.StartedAt).ToList();
        var next = (rollouts.LastOrDefault(), _train) switch
        {
            ({ Next.Length: > 0 } rollout, _) => rollout.Next,
            ({ } rollout, _) => $"orc rollout status {rollout.Id}",
            (_, { } train) => $"orc train status {train.Id}",
            _ => $"orc trains {published.Service}",
        };
        return new Journey(published, outcome, summary, _train, rollouts, next);
    }

    /// <summary>Says where the version stands, unless that was said already.</summary>
    private void Tell(string where)
    {
        if (where != _told)
        {
            Say(where);
            _told = where;
        }
    }

    private void Say(string line) => session.Output.Say($"{Format.Clock(pace.Now)}  {line}");
}
