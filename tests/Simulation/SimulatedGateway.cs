using System.Collections.Immutable;
using Orchestrator.Core;
using Orchestrator.Core.Catalog;
using Orchestrator.Core.Judging;
using Orchestrator.Core.Reconciliation;

namespace Orchestrator.Simulation;

/// <summary>Splits requests by weight over ready instances, and has some in flight when an instance leaves the table.</summary>
internal sealed class SimulatedGateway
{
    public static readonly GatewayId Id = GatewayId.Parse("gw");

    /// <summary>Up to 10 ms.</summary>
    private const int UsualLatencyBucket = 20;

    private readonly HashSet<InstanceId> _busy = [];
    private RoutedTable? _table;
    private long _epoch;

    /// <summary>Where something answers, this very moment.</summary>
    public HashSet<string> Addresses { get; set; } = [];

    /// <summary>No table comes to it.</summary>
    public bool IsCutOff { get; set; }

    /// <summary>Nothing comes from it.</summary>
    public bool IsSilent { get; set; }

    /// <summary>How many of those with requests in flight still have some a moment later.</summary>
    public int BusyPercent { get; set; } = 70;

    /// <summary>Requests that found nobody at the address that the table gave.</summary>
    public int Unanswered { get; private set; }

    public IReadOnlySet<InstanceId> Busy => _busy;

    /// <summary>Who is in its table.</summary>
    public IEnumerable<InstanceId> Routed => Endpoints(_table);

    /// <summary>Into which bucket all answers of a version fall; else up to 10 ms.</summary>
    public Dictionary<string, int> LatencyBucket { get; } = [];

    public RoutingRules? RulesOf(ServiceName service) =>
        _table?.Services.FirstOrDefault(each => each.Service == service)?.Rules;

    public bool Knows(ServiceName service) => _table?.Services.Any(each => each.Service == service) == true;

    public void Take(RoutedTable route, long epoch)
    {
        if (IsCutOff || (_table is not null && (epoch, route.Revision).CompareTo((_epoch, _table.Revision)) < 0))
        {
            return;
        }

        var before = Endpoints(_table);
        (_table, _epoch) = (route, epoch);
        _busy.UnionWith(before.Except(Endpoints(route)));
        _busy.ExceptWith(Endpoints(route));
    }

    public void Step(Random random) => _busy.RemoveWhere(_ => random.Next(100) >= BusyPercent);

    public CellInput.GatewayHeard Heartbeat() => new(Id, "s", _epoch, _table?.Revision ?? 0, [.. _busy]);

    public ImmutableArray<TrafficCount> Serve(int requests, Dictionary<string, int> errorPercent, Random random)
    {
        var counts = ImmutableArray.CreateBuilder<TrafficCount>();
        foreach (var service in _table?.Services ?? [])
        {
            var routed = service.Versions.Where(version => version.Instances.Length > 0).ToList();
            var total = routed.Sum(version => version.WeightPercent);
            foreach (var version in routed)
            {
                var share = (int)(requests * version.WeightPercent / Math.Max(1, total));
                var errors = Enumerable
                    .Range(0, share)
                    .Count(_ => random.Next(100) < errorPercent.GetValueOrDefault(version.Version.ToString()));
                var missed = version.Instances.Count(each => !Addresses.Contains(each.Address));
                Unanswered += missed;
                counts.Add(
                    new TrafficCount(service.Service, service.Stage, version.Version, share, errors)
                    {
                        Latencies = Latencies(version.Version.ToString(), share),
                    }
                );
            }
        }

        return counts.ToImmutable();
    }

    private ImmutableArray<long> Latencies(string version, int requests)
    {
        var latencies = new long[TrafficBucket.LatencyBounds.Length + 1];
        latencies[LatencyBucket.GetValueOrDefault(version, UsualLatencyBucket)] = requests;
        return [.. latencies];
    }

    private static IEnumerable<InstanceId> Endpoints(RoutedTable? table) =>
        table
            ?.Services.SelectMany(service => service.Versions)
            .SelectMany(version => version.Instances)
            .Select(each => each.Id)
        ?? [];
}
