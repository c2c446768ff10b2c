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

    private readonly StringBuilder _hosts = new();
    private PlacementChoice _last;
    private long _first = next;
    private int _onLast;

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
            draft.Record(now, CellMachine.Conductor, "instance.placed", IdOf(_first), One());
        }
        else
        {
            AppendLast();
            draft.Record(now, CellMachine.Conductor, "instances.placed", $"{key.Service}.{key.Stage}", Many());
        }

        _hosts.Clear();
        (_first, _onLast) = (Next, 0);
    }

    private string IdOf(long number) => InstanceId.Of(key.Service, key.Stage, number).Value;

    private string One() =>
        string.Create(
            CultureInfo.InvariantCulture,
            $"{version} on {_last.Host}, score {_last.Score} of {PlacementFleet.MaxScore}, best of {_last.Feasible} hosts that fit"
        );

    private string Many() =>
        string.Create(
            CultureInfo.InvariantCulture,
            $"{version}, {Next - _first} instances, {IdOf(_first)} to {Next - 1}, in this order on {_hosts}"
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
