using System.Globalization;
using System.Text;
using Orchestrator.Core.Placement;

namespace Orchestrator.Core.Reconciliation;

/// <summary>Journals what is placed for a deployment: an entry for one, and together for many that are decided together.</summary>
internal sealed class PlacementRecord(
    CellDraft draft,
    DeploymentKey key,
    SemanticVersion version,
    long next,
    DateTimeOffset now
)
{
    /// <summary>So that an entry stays readable.</summary>
    private const int MaxPerEntry = 1_000;

    private const string OneAction = "instance.placed";
    private const string ManyAction = "instances.placed";

    private readonly StringBuilder _hosts = new();
    private PlacementChoice _last;
    private long _first = next;
    private int _onLast;

    /// <summary>Of a daemon, whose hosts are not chosen.</summary>
    public static PlacementRecord OfDaemon(
        CellDraft draft,
        DeploymentKey key,
        SemanticVersion version,
        DateTimeOffset now
    ) => new(draft, key, version, draft.Deployments[key].NextInstanceNumber, now) { IsOfDaemon = true };

    /// <summary>Whether an entry tells of the placement of an instance.</summary>
    public static bool Tells(JournalEntry entry, InstanceId id)
    {
        if (entry.Action == OneAction)
        {
            return entry.Subject == id.Value;
        }

        var deployment = $"{id.Service}.{id.Stage}";
        return entry.Action == ManyAction
            && entry.Subject == deployment
            && entry.Reason.Split($"{deployment}.", 2) is [_, var range]
            && range.Split(',')[0].Split(" to ") is [var first, var last]
            && long.TryParse(first, NumberStyles.None, CultureInfo.InvariantCulture, out var from)
            && long.TryParse(last, NumberStyles.None, CultureInfo.InvariantCulture, out var to)
            && id.Number >= from
            && id.Number <= to;
    }

    private bool IsOfDaemon { get; init; }

    /// <summary>The number of the next instance.</summary>
    public long Next { get; private set; } = next;

    public void Add(PlacementChoice choice)
    {
        if (Next - _first == MaxPerEntry)
        {
            Write();
        }

        if (_onLast > 0 && _last.Host != choice.Host)
        {
            AppendLast();
        }

        (_last, _onLast) = (choice, _onLast + 1);
        Next++;
    }

    /// <summary>Enters what was added since the last time, if anything was.</summary>
    public void Write()
    {
        if (Next == _first)
        {
            return;
        }

        if (Next - _first == 1)
        {
            draft.Record(now, CellMachine.Conductor, OneAction, IdOf(_first), One());
        }
        else
        {
            AppendLast();
            draft.Record(now, CellMachine.Conductor, ManyAction, $"{key.Service}.{key.Stage}", Many());
        }

        _hosts.Clear();
        (_first, _onLast) = (Next, 0);
    }

    private string IdOf(long number) => InstanceId.Of(key.Service, key.Stage, number).Value;

    private string One() =>
        IsOfDaemon
            ? $"{version} on {_last.Host}, which matches"
            : string.Create(
                CultureInfo.InvariantCulture,
                $"{version} on {_last.Host}, score {_last.Score} of {PlacementFleet.MaxScore}, best of {_last.Feasible} hosts that fit"
            );

    private string Many() =>
        string.Create(
            CultureInfo.InvariantCulture,
            $"{version}, {Next - _first} instances, {IdOf(_first)} to {Next - 1}, in this order on {(IsOfDaemon ? "hosts that match: " : "")}{_hosts}"
        );

    private void AppendLast()
    {
        _hosts.Append(_hosts.Length == 0 ? "" : ", ").Append(_last.Host);
        if (_onLast > 1)
        {
            _hosts.Append(CultureInfo.InvariantCulture, $" ×{_onLast}");
        }

        _onLast = 0;
    }
}
