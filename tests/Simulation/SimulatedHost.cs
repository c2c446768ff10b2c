using System.Collections.Immutable;
using System.Globalization;
using Orchestrator.Core;
using Orchestrator.Core.Catalog;
using Orchestrator.Core.Fleet;
using Orchestrator.Core.Reconciliation;

namespace Orchestrator.Simulation;

/// <summary>An agent and its containers, as the contract says: converges to the newest assignment, reports by level.</summary>
internal sealed class SimulatedHost(HostId id, Resources capacity)
{
    private static readonly TimeSpan StartTime = TimeSpan.FromSeconds(1);
    private static readonly TimeSpan StopTime = TimeSpan.FromMilliseconds(600);
    private static readonly TimeSpan BatchTime = TimeSpan.FromSeconds(2);
    private readonly SortedDictionary<InstanceId, Running> _running = [];

    /// <summary>How batch instances ended: on disk, until they leave the assignment.</summary>
    private readonly SortedDictionary<InstanceId, InstanceExit> _exits = [];
    private HostAssignment? _assignment;
    private long _epoch;
    private long _sequence;
    private int _session;
    private bool _hasNews = true;
    private string _reported = "";

    public HostId Id => id;

    public bool IsPowered { get; private set; } = true;

    /// <summary>Cut off from the bus; what runs goes on.</summary>
    public bool IsCutOff { get; set; }

    public ImmutableSortedDictionary<string, string> Labels { get; set; } =
        ImmutableSortedDictionary<string, string>.Empty;

    /// <summary>What it says that it holds.</summary>
    public ImmutableArray<long> Images { get; set; } = [];

    /// <summary>What it was told to fetch.</summary>
    public ImmutableArray<ImageReference> Prefetch => _assignment?.Prefetch ?? [];

    /// <summary>How the next instance of a batch ends.</summary>
    public Func<int> ExitCode { get; set; } = () => 0;

    /// <summary>Whatever was heard of it: instances that exited with 0 here.</summary>
    public int ExitedWell { get; private set; }

    public IEnumerable<(InstanceId Id, Resources Demand, string Version, DateTimeOffset ReadyAt)> Containers =>
        _running.Select(each => (each.Key, each.Value.Demand, each.Value.Version, each.Value.ReadyAt));

    public void Take(HostAssignment assign, long epoch)
    {
        if (!IsPowered || IsCutOff)
        {
            return;
        }

        _hasNews = true;
        if (_assignment is null || (epoch, assign.Revision).CompareTo((_epoch, _assignment.Revision)) >= 0)
        {
            (_assignment, _epoch) = (assign, epoch);
        }
    }

    public void Answer() => _hasNews |= IsPowered && !IsCutOff;

    public void PowerOff()
    {
        IsPowered = false;
        foreach (var (instance, _) in _running.Where(each => each.Value.IsBatch && each.Value.StopsAt is null))
        {
            _exits[instance] = new InstanceExit(Code: -1, Now);
        }

        _running.Clear();
    }

    /// <summary>Every container dies, and is started again.</summary>
    public void KillAll() => _running.Clear();

    public void PowerOn()
    {
        IsPowered = true;
        _session++;
        _hasNews = true;
    }

    public void Step(DateTimeOffset now, bool killsOne)
    {
        if (!IsPowered)
        {
            return;
        }

        if (killsOne && _running.Count > 0)
        {
            var (victim, running) = _running.First();
            _running.Remove(victim);
            if (running.IsBatch && running.StopsAt is null)
            {
                _exits[victim] = new InstanceExit(Code: 137, now);
            }
        }

        var wanted = _assignment?.Instances.ToDictionary(each => each.Instance.Id) ?? [];
        foreach (var (instance, running) in _running.ToList())
        {
            if (wanted.ContainsKey(instance))
            {
                continue;
            }

            _running[instance] = running with { StopsAt = running.StopsAt ?? now + StopTime + running.PreStop };
            if (_running[instance].StopsAt <= now)
            {
                _running.Remove(instance);
            }
        }

        EndBatches(now, wanted.Keys);
        foreach (var (instance, assigned) in wanted)
        {
            if (!_running.ContainsKey(instance) && !_exits.ContainsKey(instance))
            {
                _running[instance] = new Running(
                    now + StartTime,
                    StopsAt: null,
                    assigned.Instance.Demand,
                    assigned.Instance.Version.ToString(),
                    assigned.Template.Environment.ContainsKey("NEVER_READY"),
                    assigned.Template.Kind is ServiceKind.Batch,
                    assigned.Template.Container.PreStop
                );
            }
        }

        Now = now;
    }

    public IEnumerable<string> Serving() =>
        _running.Where(each => IsReady(each.Value)).Select(each => Address(each.Key));

    public IEnumerable<CellInput> TakeNews()
    {
        if (!IsPowered || IsCutOff)
        {
            yield break;
        }

        var labels = string.Join(',', Labels.Select(label => $"{label.Key}={label.Value}"));
        var digest = string.Join(';', Observed().Select(each => $"{each.Id}={each.Observed}")) + labels;
        if (digest != _reported || _hasNews)
        {
            (_reported, _hasNews) = (digest, false);
            yield return new CellInput.HostReported(
                new ReportedHost
                {
                    Id = id,
                    Session = _session.ToString(CultureInfo.InvariantCulture),
                    Sequence = ++_sequence,
                    Epoch = _epoch,
                    Revision = _assignment?.Revision ?? 0,
                    Digest = digest,
                    Capacity = capacity,
                    Runtime = "simulated",
                    AgentVersion = "1",
                    Labels = Labels,
                    Images = Images,
                    Instances = [.. Observed()],
                }
            );
        }

        yield return new CellInput.HostHeard(
            id,
            _session.ToString(CultureInfo.InvariantCulture),
            _epoch,
            _assignment?.Revision ?? 0,
            _reported
        );
    }

    private DateTimeOffset Now { get; set; } = World.Start;

    private bool IsReady(Running running) => running.StopsAt is null && !running.NeverReady && running.ReadyAt <= Now;

    private string Address(InstanceId instance) => $"{id}:{instance}";

    private void EndBatches(DateTimeOffset now, IReadOnlyCollection<InstanceId> wanted)
    {
        foreach (var instance in _exits.Keys.Except(wanted).ToList())
        {
            _exits.Remove(instance);
        }

        foreach (var (instance, running) in _running.ToList())
        {
            if (running is { IsBatch: true, StopsAt: null } && running.ReadyAt + BatchTime <= now)
            {
                var code = ExitCode();
                ExitedWell += code == 0 ? 1 : 0;
                _running.Remove(instance);
                _exits[instance] = new InstanceExit(code, now);
            }
        }
    }

    private IEnumerable<ReportedInstance> Observed() => [.. ObservedRunning(), .. ObservedExits()];

    private IEnumerable<ReportedInstance> ObservedExits() =>
        _exits.Select(each => new ReportedInstance(
            each.Key,
            Generation: 1,
            new Observation(ObservedState.Exited, "", 0, $"exited with {each.Value.Code}")
        )
        {
            Exit = each.Value,
        });

    private IEnumerable<ReportedInstance> ObservedRunning() =>
        _running.Select(each => new ReportedInstance(
            each.Key,
            Generation: 1,
            (each.Value.StopsAt, IsReady(each.Value)) switch
            {
                (not null, _) => new Observation(ObservedState.Stopping, "", 0, "stopping"),
                (_, true) => new Observation(ObservedState.Ready, Address(each.Key), 0, ""),
                _ => new Observation(ObservedState.Starting, "", 0, "starting"),
            }
        ));

    private sealed record Running(
        DateTimeOffset ReadyAt,
        DateTimeOffset? StopsAt,
        Resources Demand,
        string Version,
        bool NeverReady,
        bool IsBatch,
        TimeSpan PreStop
    );
}
