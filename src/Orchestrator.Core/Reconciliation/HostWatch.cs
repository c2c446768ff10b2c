using System.Globalization;
using Orchestrator.Core.Fleet;

namespace Orchestrator.Core.Reconciliation;

/// <summary>What hosts report, and what their silence means.</summary>
internal static class HostWatch
{
    public static void Report(CellDraft draft, ReportedHost reported, DateTimeOffset now)
    {
        draft.Contacts.Heard(reported.Id, now);
        var known = draft.Hosts.Find(reported.Id);
        if (known is not null && known.AgentSession == reported.Session && reported.Sequence <= known.ReportSequence)
        {
            return; // The bus delivers at least once, and not always in order.
        }

        var host = Merge(known, reported, now);
        draft.Put(host);
        if (known is null)
        {
            draft.DirtyHosts.Add(host.Id);
            draft.Record(now, CellMachine.Conductor, "host.joined", host.Id.Value, $"{host.Runtime}, {Describe(host)}");
            RetryUnplaced(draft);
        }
        else if (known.LostSince is { } since)
        {
            draft.Record(
                now,
                CellMachine.Conductor,
                "host.returned",
                host.Id.Value,
                string.Create(CultureInfo.InvariantCulture, $"after {(now - since).TotalSeconds:F0} s")
            );
            HostReturn.TakeBack(draft, host, reported, now);
        }
        else if (!known.Labels.SequenceEqual(host.Labels))
        {
            RetryUnplaced(draft); // It may match now what it did not, and what runs there may no longer.
        }

        if (known is not null && known.SecretsKey != host.SecretsKey)
        {
            draft.DirtyHosts.Add(host.Id); // It cannot open what it was sent.
        }

        var isCurrent =
            reported.Epoch == draft.Epoch
            && reported.Revision == draft.AssignmentRevisionOf(host.Id)
            && !draft.DirtyHosts.Contains(host.Id);
        Observe(draft, host, reported, isCurrent, now);
        if (isCurrent && host.ReturnedAt is { } returned)
        {
            HostReturn.CatchUp(draft, host, returned, now);
        }

        if (IsBehind(draft, host, reported.Epoch, reported.Revision))
        {
            Resend(draft, host.Id, now);
        }
    }

    public static void Hear(CellDraft draft, CellInput.HostHeard heard, DateTimeOffset now)
    {
        if (!draft.Hosts.TryGet(heard.Host, out var host))
        {
            if (draft.Contacts.MaySend(heard.Host, draft.Settings.ResendAfter, now))
            {
                draft.HostsUnknown.Add(heard.Host);
            }

            return;
        }

        draft.Contacts.Heard(host.Id, now);
        if (host.LostSince is not null)
        {
            // Its assignment is decided anew when it has said what still runs there.
            if (draft.Contacts.MaySend(host.Id, draft.Settings.ResendAfter, now))
            {
                draft.HostsUnknown.Add(host.Id);
            }

            return;
        }

        var isOutdated =
            heard.Session != host.AgentSession
            || heard.Digest != host.ReportDigest
            || heard.Epoch != host.ReportEpoch
            || heard.Revision != host.ReportRevision;
        if (isOutdated || IsBehind(draft, host, heard.Epoch, heard.Revision))
        {
            Resend(draft, host.Id, now); // The agent answers every assignment with a report.
        }
    }

    /// <summary>
    /// A host is lost when it is silent while others are heard. When all are silent it is more likely that we or the
    /// broker are cut off, and nobody is evicted; nor when the first of them is heard again.
    /// </summary>
    public static void MarkLost(CellDraft draft, DateTimeOffset now)
    {
        var patience = draft.Settings.HostLostAfter;
        draft.Contacts.Listen(patience / 2, now);
        var silent = draft
            .Hosts.Rows.Where(host => host.LostSince is null && draft.Contacts.SilenceOf(host.Id, now) > patience)
            .ToList();
        foreach (var host in silent)
        {
            Lose(draft, host, now);
        }
    }

    /// <summary>As if a host had fallen silent for good; for plans.</summary>
    public static CellAnswer Lose(CellDraft draft, HostId id, DateTimeOffset now)
    {
        if (!draft.Hosts.TryGet(id, out var host))
        {
            return HostWishes.Unknown(id);
        }

        if (host.LostSince is null)
        {
            Lose(draft, host, now);
        }

        return new CellAnswer.Accepted(id.Value, $"{id} is lost.");
    }

    internal static string Describe(Host host) =>
        string.Create(
            CultureInfo.InvariantCulture,
            $"{host.Capacity.CpuMillicores} millicores, {host.Capacity.MemoryMebibytes} MiB"
        );

    private static Host Merge(Host? known, ReportedHost reported, DateTimeOffset now) =>
        new()
        {
            Id = reported.Id,
            Capacity = reported.Capacity,
            Labels = reported.Labels,
            Runtime = reported.Runtime,
            AgentVersion = reported.AgentVersion,
            AgentSession = reported.Session,
            ReportSequence = reported.Sequence,
            ReportDigest = reported.Digest,
            ReportEpoch = reported.Epoch,
            ReportRevision = reported.Revision,
            SecretsKey = reported.SecretsKey,
            Images = reported.Images,
            Availability = known?.Availability ?? HostAvailability.Open,
            LostSince = null,
            ReturnedAt = known?.LostSince is null ? known?.ReturnedAt : now,
            Drain = known?.Drain,
        };

    private static void Observe(CellDraft draft, Host host, ReportedHost reported, bool isCurrent, DateTimeOffset now)
    {
        var byId = reported.Instances.ToDictionary(instance => instance.Id);
        foreach (var instance in draft.InstancesOn(host.Id))
        {
            if (byId.TryGetValue(instance.Id, out var seen))
            {
                var observed = seen.Observed.After(instance.Observed, now);
                if (
                    !BatchReconciler.CountExit(draft, instance, seen, now)
                    && seen.Generation == instance.Generation
                    && observed != instance.Observed
                )
                {
                    draft.AreRoutesDirty |= IsRoutable(instance.Observed) || IsRoutable(observed);
                    draft.Put(instance with { Observed = observed });
                }
            }
            else if (isCurrent && instance.Phase is InstancePhase.Stopping or InstancePhase.Lost)
            {
                draft.Remove(instance);
            }
            else if (instance.Observed != Observation.None)
            {
                draft.AreRoutesDirty |= IsRoutable(instance.Observed);
                draft.Put(instance with { Observed = Observation.None });
            }
        }
    }

    private static bool IsRoutable(Observation observed) => observed.State == ObservedState.Ready;

    private static bool IsBehind(CellDraft draft, Host host, long epoch, long revision) =>
        epoch < draft.Epoch || revision < draft.AssignmentRevisionOf(host.Id);

    private static void Resend(CellDraft draft, HostId host, DateTimeOffset now)
    {
        if (draft.Contacts.MaySend(host, draft.Settings.ResendAfter, now))
        {
            draft.HostsBehind.Add(host);
        }
    }

    /// <summary>Its assignment stays as it is: what it still runs may be taken back when it returns.</summary>
    private static void Lose(CellDraft draft, Host host, DateTimeOffset now)
    {
        draft.Put(host with { LostSince = now, ReturnedAt = null });
        draft.AreRoutesDirty = true;
        draft.Record(
            now,
            CellMachine.Conductor,
            "host.lost",
            host.Id.Value,
            string.Create(
                CultureInfo.InvariantCulture,
                $"silent for {(now - draft.LastHeard(host.Id)).TotalSeconds:F1} s"
            )
        );
        foreach (var instance in draft.InstancesOn(host.Id))
        {
            draft.Lose(instance, now);
        }
    }

    /// <summary>New room may take what found none before.</summary>
    internal static void RetryUnplaced(CellDraft draft)
    {
        foreach (var deployment in draft.Deployments.Rows)
        {
            draft.DirtyDeployments.Add(new DeploymentKey(deployment.Service, deployment.Stage));
        }
    }
}
