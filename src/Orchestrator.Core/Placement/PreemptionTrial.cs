namespace Orchestrator.Core.Placement;

/// <summary>Tries what would fit on one host if it held less; what it changed is put back at the end.</summary>
internal sealed class PreemptionTrial(PlacementFleet fleet, PlacementSpec spec, HostId host) : IDisposable
{
    private readonly PlacementFleet.Slot _slot = fleet.SlotFor(spec, host);
    private readonly List<Resources> _freed = [];

    /// <summary>Negative when the request does not fit.</summary>
    public int Points => _slot.Points();

    public bool Fits => Points >= 0;

    /// <summary>What is missing of CPU, memory and disk; negative where there is more than enough.</summary>
    public Resources Lack => spec.Request.Demand with { Counts = [] } - fleet.FreeOn(host);

    public void Free(Resources holding)
    {
        _slot.Try(default(Resources) - holding);
        _freed.Add(holding);
    }

    public void Occupy(Resources holding)
    {
        _slot.Try(holding);
        _freed.Remove(holding);
    }

    public void Dispose() => _freed.ForEach(_slot.Try);
}
