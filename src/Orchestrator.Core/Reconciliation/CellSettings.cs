namespace Orchestrator.Core.Reconciliation;

/// <summary>How patient a cell is.</summary>
public sealed record CellSettings
{
    /// <summary>For one machine, where news takes milliseconds.</summary>
    public static readonly CellSettings Embedded = new()
    {
        HostLostAfter = TimeSpan.FromSeconds(4),
        GatewayLostAfter = TimeSpan.FromSeconds(5),
        DrainWithin = TimeSpan.FromSeconds(30),
        DepartLateWithin = TimeSpan.FromMinutes(5),
        ResendAfter = TimeSpan.FromSeconds(2),
    };

    /// <summary>For a broker, whose restart was measured to silence everybody for 22 s.</summary>
    public static readonly CellSettings Distributed = Embedded with
    {
        HostLostAfter = TimeSpan.FromSeconds(45),
        GatewayLostAfter = TimeSpan.FromSeconds(45),
    };

    /// <summary>Silence after which a host counts as lost, if others are heard meanwhile.</summary>
    public required TimeSpan HostLostAfter { get; init; }

    /// <summary>Silence after which no drain waits for a gateway any more.</summary>
    public required TimeSpan GatewayLostAfter { get; init; }

    /// <summary>A draining instance is stopped after this long, whatever requests it still has.</summary>
    public required TimeSpan DrainWithin { get; init; }

    /// <summary>A train that could not depart this long after its time is missed.</summary>
    public required TimeSpan DepartLateWithin { get; init; }

    /// <summary>A host or gateway that is behind is sent the whole level again, at most this often.</summary>
    public required TimeSpan ResendAfter { get; init; }
}
