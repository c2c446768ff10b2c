using System.Collections.Immutable;
using System.Globalization;
using Orchestrator.Core;
using Orchestrator.Core.Fleet;
using Orchestrator.Core.Placement;

namespace Orchestrator.Benchmarks;

/// <summary>Fleets and requests of a given size.</summary>
internal static class Fleets
{
    private static readonly StageName Prod = StageName.Parse("prod");

    /// <summary>Hosts of one size, dealt to racks in turn.</summary>
    public static PlacementFleet Of(int hosts, Resources capacity, int racks) => Of(hosts, capacity, "rack", racks);

    /// <summary>Hosts of one size, dealt in turn to so many values of a label: its first letter and a number.</summary>
    public static PlacementFleet Of(int hosts, Resources capacity, string label, int values)
    {
        var fleet = new PlacementFleet();
        for (var index = 0; index < hosts; index++)
        {
            fleet.Put(
                AHost(
                    string.Create(CultureInfo.InvariantCulture, $"h{index:D6}"),
                    capacity,
                    ImmutableSortedDictionary<string, string>.Empty.Add(
                        label,
                        string.Create(CultureInfo.InvariantCulture, $"{label[0]}{index % values:D3}")
                    )
                )
            );
        }

        return fleet;
    }

    public static Host AHost(string id, Resources capacity, ImmutableSortedDictionary<string, string> labels) =>
        new()
        {
            Id = HostId.Parse(id),
            Capacity = capacity,
            Labels = labels,
            Runtime = "oci",
            AgentVersion = "1.0.0",
            AgentSession = "s",
            ReportSequence = 1,
            ReportDigest = "",
            ReportEpoch = 1,
            ReportRevision = 1,
            Availability = HostAvailability.Open,
            LostSince = null,
        };

    public static PlacementGroup Group(int number) =>
        new(ServiceName.Parse(string.Create(CultureInfo.InvariantCulture, $"s{number}")), Prod);

    public static PlacementRequest Request(Resources demand, PlacementWeights weights) =>
        new(demand, ImmutableSortedDictionary<string, string>.Empty, weights);

    /// <summary>Decides, with the counts of the refused, and takes the room.</summary>
    public static bool TryPlace(PlacementFleet fleet, PlacementSpec spec)
    {
        Span<int> refusals = stackalloc int[PlacementFleet.RefusalCodes];
        var choice = fleet.Choose(spec, refusals);
        if (!choice.IsFound)
        {
            return false;
        }

        fleet.Take(choice.Host, spec.Request.Demand);
        fleet.Count(choice.Host, spec.Group, more: 1);
        return true;
    }

    public static void MustPlace(PlacementFleet fleet, PlacementSpec spec)
    {
        if (!TryPlace(fleet, spec))
        {
            throw new InvalidOperationException("The workload does not fit its fleet.");
        }
    }
}
