namespace Orchestrator.Core.Placement;

/// <content>What would fit if a host held less.</content>
public sealed partial class PlacementFleet
{
    /// <summary>All hosts, by id, that only room and spreading can refuse.</summary>
    internal IEnumerable<HostId> HostsOpenTo(PlacementSpec spec)
    {
        Prepare(spec);
        var closed = spec.Filter!.Closed;
        for (var slot = 0; slot < _hosts.Count; slot++)
        {
            if (closed[slot] == HostFilter.Open)
            {
                yield return _hosts[slot].Id;
            }
        }
    }

    internal Slot SlotFor(PlacementSpec spec, HostId host)
    {
        Prepare(spec);
        return new Slot(this, spec, _hosts.SlotOf(host), Judge(spec));
    }

    /// <summary>One host, on which holdings are tried without anybody noticing: whoever tries must take them back.</summary>
    internal readonly struct Slot(PlacementFleet fleet, PlacementSpec spec, int slot, int[][] judged)
    {
        /// <summary>With what spreading adds, or the negative code of a reason.</summary>
        public int Points()
        {
            var points = fleet._scan.PointsOf(spec, fleet.GroupOf(spec.Group), slot);
            for (var rule = 0; rule < judged.Length && points >= 0; rule++)
            {
                var more = judged[rule][spec.Domains.Maps[rule][slot]];
                points = more < 0 ? more : points + more;
            }

            return points;
        }

        public void Try(Resources demand) => fleet._hosts.Take(slot, demand);
    }
}
