using System.Globalization;
using Orchestrator.Core.Fleet;

namespace Orchestrator.Core.Reconciliation;

/// <summary>What people want of hosts: that they take instances, take none, or be emptied.</summary>
internal static class HostWishes
{
    /// <summary>Shorter than it takes to say so is a typing error; a host that drains for longer than a month is forgotten.</summary>
    private static readonly TimeSpan ShortestDeadline = TimeSpan.FromSeconds(1);

    /// <inheritdoc cref="ShortestDeadline"/>
    private static readonly TimeSpan LongestDeadline = TimeSpan.FromDays(31);

    /// <summary>Opening or cordoning a host cancels its drain.</summary>
    public static CellAnswer SetAvailability(CellDraft draft, CellInput.SetAvailability asked, DateTimeOffset now)
    {
        if (asked.Availability == HostAvailability.Draining)
        {
            return Drain(draft, new CellInput.DrainHost(asked.Actor, asked.Host, Within: null, Reason: ""), now);
        }

        if (!draft.Hosts.TryGet(asked.Host, out var host))
        {
            return Unknown(asked.Host);
        }

        if (host.Availability == asked.Availability)
        {
            return new CellAnswer.Accepted(host.Id.Value, $"{host.Id} is {Word(asked.Availability)} already.");
        }

        var cancels = host.Availability == HostAvailability.Draining && host.Drain?.DoneAt is null;
        draft.Put(host with { Availability = asked.Availability, Drain = null });
        draft.Record(
            now,
            asked.Actor,
            $"host.{Word(asked.Availability)}",
            host.Id.Value,
            cancels ? "its drain is cancelled" : ""
        );
        Reconsider(draft, host.Id);
        HostWatch.RetryUnplaced(draft);
        return new CellAnswer.Accepted(
            host.Id.Value,
            $"{host.Id} is {Word(asked.Availability)}{(cancels ? "; its drain is cancelled" : "")}."
        );
    }

    /// <summary>Asked again, it takes over the new deadline and reason.</summary>
    public static CellAnswer Drain(CellDraft draft, CellInput.DrainHost asked, DateTimeOffset now)
    {
        if (asked.Within is { } within && (within < ShortestDeadline || within > LongestDeadline))
        {
            return new CellAnswer.Refused(
                RefusalKind.Invalid,
                "deadline_out_of_range",
                "A drain's deadline is from 1 second to 31 days.",
                "Leave it out to wait for as long as the services need."
            );
        }

        if (!draft.Hosts.TryGet(asked.Host, out var host))
        {
            return Unknown(asked.Host);
        }

        var drain = new HostDrain
        {
            AskedBy = asked.Actor,
            Reason = asked.Reason,
            Since = host.Drain?.Since ?? now,
            Deadline = now + asked.Within,
            IsOverdue = false,
            DoneAt = host.Drain?.DoneAt,
        };
        draft.Put(host with { Availability = HostAvailability.Draining, Drain = drain });
        var until = asked.Within is { } time ? $"until {Clock(now + time)} at the latest" : "without a deadline";
        var because = asked.Reason.Length == 0 ? "" : $": {asked.Reason}";
        draft.Record(now, asked.Actor, "host.draining", host.Id.Value, until + because);
        Reconsider(draft, host.Id);
        return new CellAnswer.Accepted(host.Id.Value, $"{host.Id} is draining, {until}.");
    }

    /// <summary>Says when a deadline is over, and when a host is empty.</summary>
    public static void Advance(CellDraft draft, DateTimeOffset now)
    {
        foreach (var id in draft.DrainingHosts.ToList())
        {
            var host = draft.Hosts[id];
            var drain = host.Drain ?? Unsaid(now);
            if (drain.DoneAt is not null)
            {
                continue;
            }

            var left = draft.InstancesOn(id).Count;
            if (left == 0)
            {
                draft.Put(host with { Drain = drain with { DoneAt = now } });
                draft.Record(now, CellMachine.Conductor, "host.drained", id.Value, Told(drain, now));
            }
            else if (host.IsDrainOverdue(now) && !drain.IsOverdue)
            {
                draft.Put(host with { Drain = drain with { IsOverdue = true } });
                draft.Record(
                    now,
                    drain.AskedBy,
                    "host.drain-overdue",
                    id.Value,
                    string.Create(
                        CultureInfo.InvariantCulture,
                        $"the deadline is over: the {left} instances that are left move whatever their services need"
                    )
                );
                Reconsider(draft, id);
            }
        }
    }

    private static string Told(HostDrain drain, DateTimeOffset now) =>
        string.Create(
            CultureInfo.InvariantCulture,
            $"nothing is left on it, {(now - drain.Since).TotalSeconds:F0} s after {drain.AskedBy} asked"
        );

    /// <summary>From before drains were written down.</summary>
    private static HostDrain Unsaid(DateTimeOffset now) =>
        new()
        {
            AskedBy = CellMachine.Conductor,
            Reason = "",
            Since = now,
            Deadline = null,
            IsOverdue = false,
            DoneAt = null,
        };

    private static void Reconsider(CellDraft draft, HostId host)
    {
        foreach (var instance in draft.InstancesOn(host))
        {
            draft.DirtyDeployments.Add(new DeploymentKey(instance.Service, instance.Stage));
        }
    }

    internal static CellAnswer.Refused Unknown(HostId host) =>
        new(RefusalKind.NotFound, "host_unknown", $"There is no host {host}.", "See the hosts: orc hosts");

    private static string Clock(DateTimeOffset time) =>
        time.UtcDateTime.ToString("yyyy-MM-dd HH:mm:ss'Z'", CultureInfo.InvariantCulture);

    private static string Word(HostAvailability availability) =>
        availability switch
        {
            HostAvailability.Open => "open",
            HostAvailability.Cordoned => "cordoned",
            _ => throw new ArgumentOutOfRangeException(nameof(availability)),
        };
}
