using Orchestrator.Core.Fleet;

namespace Orchestrator.Core.Placement;

/// <summary>Which hosts hold the images that are placed, as points by slot. Kept right as hosts report other images.</summary>
internal sealed class ImageColumns(HostColumns hosts)
{
    /// <summary>Images that are placed are few; who places more pays for looking again.</summary>
    private const int Capacity = 2048;

    private readonly Dictionary<long, Entry> _entries = [];
    private int _hostsWithImages;

    /// <summary>
    /// Points by slot of hosts that hold it; empty when none does. Null when there is no room for another one, until they
    /// are cleared.
    /// </summary>
    public Entry? FindOrMake(long image)
    {
        if (!_entries.TryGetValue(image, out var entry) && _entries.Count < Capacity)
        {
            _entries[image] = entry = new Entry();
            for (var slot = 0; _hostsWithImages > 0 && slot < hosts.Count; slot++)
            {
                if (Holds(hosts[slot], image))
                {
                    entry.Set(slot, isHeld: true, hosts.Count);
                }
            }
        }

        return entry;
    }

    /// <summary>No change reaches those that are held from before.</summary>
    public void Clear() => _entries.Clear();

    public void Insert(int slot, Host host)
    {
        _hostsWithImages += host.Images.IsEmpty ? 0 : 1;
        foreach (var (image, entry) in _entries)
        {
            entry.Insert(slot, hosts.Count);
            entry.Set(slot, Holds(host, image), hosts.Count);
        }
    }

    public void Remove(int slot, Host host)
    {
        _hostsWithImages -= host.Images.IsEmpty ? 0 : 1;
        foreach (var entry in _entries.Values)
        {
            entry.Set(slot, isHeld: false, hosts.Count);
            entry.Remove(slot, hosts.Count);
        }
    }

    public void Replace(int slot, Host before, Host host)
    {
        if (before.Images.AsSpan().SequenceEqual(host.Images.AsSpan()))
        {
            return;
        }

        _hostsWithImages += (host.Images.IsEmpty ? 0 : 1) - (before.Images.IsEmpty ? 0 : 1);
        SetAll(slot, before, isHeld: false);
        SetAll(slot, host, isHeld: true);
    }

    private void SetAll(int slot, Host host, bool isHeld)
    {
        foreach (var image in host.Images)
        {
            if (_entries.TryGetValue(image, out var entry))
            {
                entry.Set(slot, isHeld, hosts.Count);
            }
        }
    }

    private static bool Holds(Host host, long image) => host.Images.AsSpan().BinarySearch(image) >= 0;

    /// <summary>One image.</summary>
    internal sealed class Entry
    {
        public static readonly Entry None = new();

        private int[] _points = [];
        private int _holders;

        /// <param name="count">Of hosts.</param>
        public ReadOnlySpan<int> Points(int count) => _holders == 0 ? [] : _points.AsSpan(0, count);

        public void Set(int slot, bool isHeld, int count)
        {
            if (_points.Length <= slot)
            {
                if (!isHeld)
                {
                    return;
                }

                Array.Resize(ref _points, count);
            }

            var points = isHeld ? PlacementWeights.ImagePoints : 0;
            _holders += Math.Sign(points - _points[slot]);
            _points[slot] = points;
        }

        /// <param name="count">With the new slot.</param>
        public void Insert(int slot, int count)
        {
            if (_points.Length > 0)
            {
                Column.Insert(ref _points, slot, count);
            }
        }

        /// <param name="count">Without the removed slot.</param>
        public void Remove(int slot, int count)
        {
            if (_points.Length > 0)
            {
                Column.Remove(_points, slot, count);
            }
        }
    }
}
