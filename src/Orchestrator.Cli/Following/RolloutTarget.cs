using Orchestrator.Cli.Api;
using Orchestrator.Cli.Rendering;
using Orchestrator.Contracts.Http;

namespace Orchestrator.Cli.Following;

/// <summary>Which rollout a person means by a rollout id, a train id or a service.</summary>
internal sealed class RolloutTarget(Session session)
{
    /// <summary>Of a coupled car, which adds its service.</summary>
    private const int CarParts = 4;
    private const int RolloutParts = 3;
    private const int TrainParts = 2;

    /// <param name="verb">The command, for messages: <c>approve</c>, <c>rollout watch</c>.</param>
    /// <param name="isCandidate">Which rollouts the verb makes sense for.</param>
    /// <param name="need">What candidates have in common: <c>waits for approval</c>.</param>
    /// <returns>Its id, and the rollout itself if it had to be looked up.</returns>
    public async Task<(string Id, RolloutView? Seen)> ResolveAsync(
        string name,
        string verb,
        Func<RolloutView, bool> isCandidate,
        string need,
        CancellationToken cancellationToken
    )
    {
        var parts = name.Split('/');
        if (parts.Length is RolloutParts or CarParts)
        {
            return (name, null);
        }

        if (parts.Length > CarParts)
        {
            throw new CommandFailedException(
                ExitCode.Usage,
                $"'{name}' is neither a rollout (checkoutservice/118/prod), nor a train (checkoutservice/118), nor a service.",
                "`orc get rollouts --active` lists what runs."
            );
        }

        var active = await ReadAsync(parts, name, active: "true", cancellationToken);
        return active.Where(isCandidate).ToList() switch
        {
            [var one] => (one.Id, one),
            [] => throw NoneFound(name, need, active),
            // What is asked of one of a train's cars at a stage is asked of all of them.
            [var first, ..] cars when cars.TrueForAll(car => (car.Train, car.Stage) == (first.Train, first.Stage)) => (
                $"{first.Train}/{first.Stage}",
                first
            ),
            var several => throw SeveralFound(name, verb, need, several),
        };
    }

    /// <summary>Where several cars of a train are under way at one stage, that stage; null for anything else.</summary>
    public async Task<(string Train, string Stage)?> ResolveCarsAsync(string name, CancellationToken cancellationToken)
    {
        var parts = name.Split('/');
        if (parts.Length != TrainParts)
        {
            return null;
        }

        var active = await ReadAsync(parts, name, active: "true", cancellationToken);
        return active is [var first, _, ..] && active.All(car => car.Stage == first.Stage) ? (name, first.Stage) : null;
    }

    /// <summary>The active one; where none is active, the newest of those that are over. For looking only.</summary>
    public async Task<string> ResolveNewestAsync(string name, string verb, CancellationToken cancellationToken)
    {
        var parts = name.Split('/');
        if (parts.Length < RolloutParts)
        {
            var all = await ReadAsync(parts, name, active: null, cancellationToken);
            if (all.Count > 0 && all.All(rollout => rollout.IsFinished))
            {
                return all.MaxBy(rollout => rollout.StartedAt)?.Id ?? name;
            }
        }

        return (await ResolveAsync(name, verb, _ => true, "is active", cancellationToken)).Id;
    }

    private async Task<IReadOnlyList<RolloutView>> ReadAsync(
        string[] parts,
        string name,
        string? active,
        CancellationToken cancellationToken
    )
    {
        // A train may carry other services than the one its line is named after.
        var isTrain = parts.Length == TrainParts;
        var path = Paths.Query(
            Paths.Rollouts,
            ("service", isTrain ? null : name),
            ("train", isTrain ? name : null),
            ("active", active)
        );
        var page = await session.Api.GetAsync(path, CliJson.Default.PageRolloutView, cancellationToken);
        return isTrain ? [.. page.Items.Where(rollout => rollout.Train == name)] : page.Items;
    }

    private static CommandFailedException NoneFound(string name, string need, IReadOnlyList<RolloutView> active)
    {
        var others = string.Join(", ", active.Select(rollout => $"{rollout.Id} is {rollout.Phase}"));
        return new CommandFailedException(
            ExitCode.Refused,
            $"No rollout of {name} {need}{(others.Length > 0 ? $": {others}." : ", and none is active.")}",
            $"`orc get rollouts` shows all of them; `orc trains` when the next one starts."
        );
    }

    private static CommandFailedException SeveralFound(
        string name,
        string verb,
        string need,
        List<RolloutView> candidates
    ) =>
        new(
            ExitCode.Usage,
            $"{Format.Count(candidates.Count, "rollout")} of {name}: each {need}. Say which:",
            "",
            [.. candidates.Select(rollout => $"orc {verb} {rollout.Id}")]
        );
}
