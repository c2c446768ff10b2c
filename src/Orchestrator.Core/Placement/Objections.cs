using System.Collections.Immutable;
using System.Globalization;
using Orchestrator.Core.Fleet;

namespace Orchestrator.Core.Placement;

/// <summary>Every reason against a host, as sentences with figures. None exactly when the placement does not refuse it.</summary>
internal static class Objections
{
    /// <param name="points">The host's points, or the negative code of the first reason against it.</param>
    /// <param name="ofNeighbours">What rules about neighbours say.</param>
    public static ImmutableArray<string> To(
        PlacementRequest request,
        HostSnapshot host,
        int points,
        IEnumerable<string> ofNeighbours
    ) =>
        [
            .. Of(host.Host),
            .. OfPool(request, host.Host),
            .. OfConstraints(request, host.Host),
            .. OfWave(request, host.Host),
            .. OfRoom(request, host),
            .. ofNeighbours,
            .. OfSpread(request, host, points),
        ];

    private static IEnumerable<string> Of(Host host)
    {
        if (host.LostSince is { } since)
        {
            yield return string.Create(CultureInfo.InvariantCulture, $"It is lost since {since.UtcDateTime:u}.");
        }

        if (host is { LostSince: null, ReturnedAt: not null })
        {
            yield return "It was lost, is heard again, and has not reported yet that it holds its newest assignment.";
        }

        if (host.Availability == HostAvailability.Cordoned)
        {
            yield return "It is cordoned and takes no new instance.";
        }

        if (host.Availability == HostAvailability.Draining)
        {
            yield return "It is draining and takes no new instance.";
        }
    }

    private static IEnumerable<string> OfPool(PlacementRequest request, Host host) =>
        from wanted in request.PoolSelector
        let value = host.Labels.GetValueOrDefault(wanted.Key)
        where !string.Equals(value, wanted.Value, StringComparison.Ordinal)
        select value is null
            ? $"It has no label {wanted.Key}; the pool wants {wanted.Value}."
            : $"Its label {wanted.Key} is {value}; the pool wants {wanted.Value}.";

    private static IEnumerable<string> OfConstraints(PlacementRequest request, Host host) =>
        from constraint in request.Rules.Constraints
        let value = host.Labels.GetValueOrDefault(constraint.Attribute)
        where !constraint.Admits(value)
        select value is null
            ? $"It has no {constraint.Attribute}; wanted is one that {constraint.Wish}."
            : $"Its {constraint.Attribute} is {value}; wanted is one that {constraint.Wish}.";

    private static IEnumerable<string> OfWave(PlacementRequest request, Host host) =>
        request.Confinement is { } now && !now.Admits(host.Labels.GetValueOrDefault(now.Attribute))
            ?
            [
                $"Its {now.Attribute} is {host.Labels.GetValueOrDefault(now.Attribute, "(none)")}; the rollout's wave wants one that {now.Wish}.",
            ]
            : [];

    private static IEnumerable<string> OfSpread(PlacementRequest request, HostSnapshot host, int points)
    {
        if (host.OfGroup >= request.Rules.MostPerHost)
        {
            yield return string.Create(
                CultureInfo.InvariantCulture,
                $"It has {host.OfGroup} of this service already, and {request.Rules.MostPerHost} are allowed."
            );
        }

        if (points < 0 && HostFilter.Reason(-points) is RefusalReason.TooManyInDomain or RefusalReason.BreaksSpread)
        {
            var domains = request.Rules.Spreads.Select(rule =>
                $"{rule.Label} {host.Host.Labels.GetValueOrDefault(rule.Label, "(none)")}"
            );
            yield return $"One more in its {string.Join(", ", domains)} would break the spread of this service.";
        }
    }

    private static IEnumerable<string> OfRoom(PlacementRequest request, HostSnapshot host) =>
        Shortage
            .Of(request, host.Free, host.Host.Capacity)
            .Parts.Select(part =>
                part.Taken.Length == 0 ? $"It lacks {part.Missing}: {part.Figures}." : $"On it {part.Taken}."
            );
}
