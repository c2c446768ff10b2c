using System.Globalization;
using Orchestrator.Core.Fleet;
using Orchestrator.Core.Reconciliation;
using Host = Orchestrator.Core.Fleet.Host;

namespace Orchestrator.ControlPlane.Shapes;

/// <summary>Why a host is in its state, and what it waits for, in a line for people.</summary>
internal static class HostReasons
{
    public static string Of(Cell cell, Host host) =>
        host.State switch
        {
            HostState.Draining => string.Join("; ", [Asked(host), .. DrainExplainer.Waits(cell, host)]),
            HostState.Drained => Asked(host),
            HostState.Lost => $"silent; given up at {Clock(host.LostSince)}",
            HostState.Reconnected => $"back since {Clock(host.ReturnedAt)}; waits until it holds its newest assignment",
            _ => "",
        };

    private static string Asked(Host host)
    {
        if (host.Drain is not { } drain)
        {
            return "without a deadline";
        }

        var because = drain.Reason.Length == 0 ? "" : $": {drain.Reason}";
        var until = (drain.DoneAt, drain.Deadline, drain.IsOverdue) switch
        {
            ({ } done, _, _) => $"empty since {Clock(done)}",
            (_, null, _) => "no deadline",
            (_, _, true) => $"the deadline, {Clock(drain.Deadline)}, is over",
            _ => $"until {Clock(drain.Deadline)} at the latest",
        };
        return $"{drain.AskedBy} asked{because}; {until}";
    }

    private static string Clock(DateTimeOffset? time) =>
        time?.UtcDateTime.ToString("yyyy-MM-dd HH:mm:ss'Z'", CultureInfo.InvariantCulture) ?? "";
}
