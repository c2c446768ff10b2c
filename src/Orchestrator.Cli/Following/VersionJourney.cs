using System.Globalization;
using Orchestrator.Cli.Api;
using Orchestrator.Cli.Rendering;
using Orchestrator.Contracts.Http;

namespace Orchestrator.Cli.Following;

/// <summary>Follows a published version: the train it boards, the next one if it is left behind, and its rollouts over all stages.</summary>
internal sealed class VersionJourney(Session session, Pace pace, PublishResult published, bool endsAtApproval)
{
    private readonly Dictionary<string, RolloutChanges> _changes = new(StringComparer.Ordinal);
    private readonly Dictionary<string, RolloutView> _rollouts = new(StringComparer.Ordinal);
    private TrainView? _train;
    private string _told = "";

    public async Task<Journey> FollowAsync(CancellationToken cancellationToken)
    {
        var train = await FirstTrainAsync(cancellationToken);
        while (true)
        {
            var seen = await ReadTrainAsync(train, cancellationToken);
            if (IsLeftBehind(seen))
            {
                if (await SupersededByAsync(seen, cancellationToken) is { } newer)
                {
                    return End(
                        JourneyOutcome.Failed,
                        $"{Name} did not board {seen.Id}: {newer} was published after it and took its place."
                    );
                }

                train = await NextTrainAsync(seen, cancellationToken) ?? train;
                Tell(
                    $"{seen.Id}  {seen.Phase}; {Name} is not aboard, and waits for {(train == seen.Id ? "the next train" : train)}"
                );
            }
            else
            {
                TellTrain(seen);
                await ReadRolloutsAsync(seen, cancellationToken);
                if (Outcome(seen) is { } journey)
                {
                    return journey;
                }
            }

            if (pace.IsOver)
            {
                return End(JourneyOutcome.TimedOut, $"{Name} is still under way: {_told}");
            }

            await pace.WaitAsync(cancellationToken);
        }
    }

    private string Name => $"{published.Service} {published.Version}";

    /// <summary>A version that was published before may have travelled already.</summary>
    private async Task<string> FirstTrainAsync(CancellationToken cancellationToken)
    {
        var line = published.Train.Split('/')[0];
        var trains = await ReadTrainsAsync(line.Length > 0 ? line : published.Service, cancellationToken);
        var carrying = trains.Where(IsAboard).OrderBy(NumberOf).LastOrDefault();
        if (carrying is null && published.Train.Length == 0)
        {
            throw new CommandFailedException(
                ExitCode.Failed,
                $"{Name} is published, but {published.Service} has no line, so no train will carry it.",
                "Add a Line for the service and `orc apply` it."
            );
        }

        return carrying?.Id ?? published.Train;
    }

    private async Task<string?> NextTrainAsync(TrainView missed, CancellationToken cancellationToken)
    {
        var later = (await ReadTrainsAsync(missed.Line, cancellationToken))
            .Where(train => NumberOf(train) > NumberOf(missed))
            .OrderBy(NumberOf)
            .ToList();
        return (later.Find(IsAboard) ?? later.Find(train => !IsClosed(train)))?.Id;
    }

    private async Task<string?> SupersededByAsync(TrainView train, CancellationToken cancellationToken)
    {
        var other = train.Consist.FirstOrDefault(car => car.Service == published.Service)?.Version;
        if (other is null)
        {
            return null;
        }

        var page = await pace.ReadAsync(
            token =>
                session.Api.GetAsync(
                    Paths.Query(Paths.Versions, ("service", published.Service)),
                    CliJson.Default.PageVersionView,
                    token
                ),
            cancellationToken
        );
        var ours = page.Items.FirstOrDefault(version => version.Version == published.Version);
        var theirs = page.Items.FirstOrDefault(version => version.Version == other);
        return theirs is not null && ours is not null && theirs.PublishedAt > ours.PublishedAt ? other : null;
    }

    private Task<TrainView> ReadTrainAsync(string id, CancellationToken cancellationToken) =>
        pace.ReadAsync(
            token => session.Api.GetAsync(Paths.Train(id), CliJson.Default.TrainView, token),
            cancellationToken
        );

    private async Task<IReadOnlyList<TrainView>> ReadTrainsAsync(string line, CancellationToken cancellationToken)
    {
        var page = await pace.ReadAsync(
            token =>
                session.Api.GetAsync(Paths.Query(Paths.Trains, ("line", line)), CliJson.Default.PageTrainView, token),
            cancellationToken
        );
        return page.Items;
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
                Tell(line);
            }
        }
    }

    private Journey? Outcome(TrainView train)
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
            "Arrived" => End(
                JourneyOutcome.Arrived,
                $"{Name} has arrived: {string.Join(" → ", _rollouts.Values.Select(rollout => rollout.Stage))}"
            ),
            "ArrivedPartial" or "Recalled" => End(
                JourneyOutcome.Failed,
                $"{Name} did not arrive: {train.Phase}{Format.Because(train.Reason)}"
            ),
            _ when endsAtApproval && _rollouts.Values.FirstOrDefault(Waiting.IsForPerson) is { } waiting => End(
                JourneyOutcome.Waiting,
                $"{Name} waits for a person at {waiting.Stage}: {waiting.Phase}{Format.Because(waiting.Reason)}"
            ),
            _ => null,
        };
    }

    private Journey End(string outcome, string summary)
    {
        var rollouts = _rollouts.Values.ToList();
        var next = rollouts.LastOrDefault(rollout => !rollout.IsFinished)?.Next ?? _train?.Next ?? "";
        return new Journey(published, outcome, summary, _train, rollouts, NextOr(next));
    }

    private string NextOr(string next) =>
        (next, _rollouts.Values.LastOrDefault(), _train) switch
        {
            ({ Length: > 0 }, _, _) => next,
            (_, { } rollout, _) => $"orc rollout status {rollout.Id}",
            (_, _, { } train) => $"orc train status {train.Id}",
            _ => $"orc trains {published.Service}",
        };

    private void TellTrain(TrainView train)
    {
        if (_train is null || _train.Id != train.Id || _train.Phase != train.Phase || _train.Reason != train.Reason)
        {
            var departs = IsClosed(train) ? "" : $", departs {Format.When(train.DepartsAt, pace.Now)}";
            Tell($"{train.Id}  {train.Phase}{Format.Because(train.Reason)}{departs}");
        }

        _train = train;
    }

    private void Tell(string line)
    {
        if (line != _told)
        {
            session.Output.Say($"{Format.Clock(pace.Now)}  {line}");
        }

        _told = line;
    }

    private bool IsAboard(TrainView train) =>
        train.Phase != "Cancelled"
        && train.Consist.Any(car => car.Service == published.Service && car.Version == published.Version);

    private bool IsLeftBehind(TrainView train) => IsClosed(train) && !IsAboard(train);

    /// <summary>Nothing boards it any more.</summary>
    private static bool IsClosed(TrainView train) =>
        train.ConsistHash.Length > 0 || train.Phase is not ("Scheduled" or "Boarding");

    private static long NumberOf(TrainView train) =>
        long.TryParse(train.Id.Split('/')[^1], NumberStyles.None, CultureInfo.InvariantCulture, out var number)
            ? number
            : 0;
}
