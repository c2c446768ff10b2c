using System.Globalization;
using Orchestrator.Core.Catalog;

namespace Orchestrator.Core.Reconciliation;

/// <summary>
/// Refuses manifests whose desired counts alone are more than their team's quota. A quota that is lowered by itself is not
/// refused: it evicts nobody, and lets nothing more be placed.
/// </summary>
internal static class QuotaChecks
{
    public static IEnumerable<RefusedPlace> Check(
        CellDraft draft,
        ManifestSet manifests,
        Dictionary<ServiceName, Service> services
    )
    {
        var applied = manifests.Lines.Select(line => line.Name).ToHashSet();
        var lines = draft.Lines.Rows.Where(line => !applied.Contains(line.Name)).ToList();
        var touched = manifests
            .Services.Select(service => service.Name)
            .Concat(manifests.Lines.SelectMany(line => line.Services))
            .Where(services.ContainsKey)
            .ToHashSet();
        foreach (var name in touched.Select(service => services[service].Team).Distinct().Order())
        {
            var team = manifests.Teams.FirstOrDefault(each => each.Name == name) ?? draft.Teams.Find(name);
            foreach (var limit in team?.Quota ?? [])
            {
                // What is there comes first, so that blame falls on what is new.
                var wanted = lines
                    .OrderBy(line => line.Services.Any(touched.Contains))
                    .Concat(manifests.Lines)
                    .SelectMany(line => line.Services.SelectMany(service => WishesOf(line, service)))
                    .Where(wish => services.TryGetValue(wish.Service, out var service) && service.Team == name)
                    .DistinctBy(wish => (wish.Service, wish.Stage.Name));
                if (Exceeding(limit, [.. wanted], services) is var (wish, sum))
                {
                    yield return Refuse(
                        limit,
                        name,
                        wish,
                        sum,
                        applied.Contains(wish.Line),
                        services[wish.Service].Template.Kind is ServiceKind.Service
                    );
                }
            }
        }
    }

    /// <summary>The first wish that makes the sum too large, and the sum of all.</summary>
    private static (Wish Wish, long Sum)? Exceeding(
        QuotaLimit limit,
        List<Wish> wishes,
        Dictionary<ServiceName, Service> services
    )
    {
        var (sum, first) = (0L, (Wish?)null);
        foreach (var wish in wishes)
        {
            var template = services[wish.Service].Template;
            sum += CountOf(template.Kind, wish.Stage) * QuotaResources.AmountOf(limit.Resource, template.Request);
            first ??= sum > limit.Most ? wish : null;
        }

        return first is null ? null : (first, sum);
    }

    /// <summary>Of a daemon it is the hosts that decide, which come and go.</summary>
    private static long CountOf(ServiceKind kind, Stage stage) =>
        kind switch
        {
            ServiceKind.Batch batch => Math.Min(batch.Parallelism, batch.Completions),
            ServiceKind.Daemon => 0,
            _ => stage.Count,
        };

    private static RefusedPlace Refuse(
        QuotaLimit limit,
        TeamName team,
        Wish wish,
        long sum,
        bool isLineApplied,
        bool isCounted
    )
    {
        var count = isCounted ? ".count" : "";
        var (subject, path) = isLineApplied
            ? ($"Line/{wish.Line}", $"spec.route[{Text(wish.Index)}]{count}")
            : ($"Service/{wish.Service}", "spec");
        var unit = QuotaResources.UnitOf(limit.Resource);
        return new RefusedPlace(
            subject,
            path,
            "quota_exceeded",
            $"All stages of team {team}'s services together want {Text(sum)} {unit}, and its quota allows {Text(limit.Most)}.",
            $"Want fewer, or raise spec.quota.{QuotaResources.FieldOf(limit.Resource)} of Team {team}; leave room for what rollouts start beside."
        );
    }

    private static string Text(long number) => number.ToString(CultureInfo.InvariantCulture);

    private static IEnumerable<Wish> WishesOf(Line line, ServiceName service) =>
        line.Route.Select((stage, index) => new Wish(line.Name, service, stage, index));

    private sealed record Wish(LineName Line, ServiceName Service, Stage Stage, int Index);
}
