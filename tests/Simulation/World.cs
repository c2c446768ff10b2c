using System.Collections.Immutable;
using Orchestrator.Core;
using Orchestrator.Core.Catalog;
using Orchestrator.Core.Fleet;
using Orchestrator.Core.Judging;
using Orchestrator.Core.Reconciliation;
using Orchestrator.Core.Rollouts;
using Orchestrator.Core.Trains;

namespace Orchestrator.Simulation;

/// <summary>What can go wrong per message or per step, in percent.</summary>
internal sealed record Faults(int LosePercent, int RepeatPercent, int DelayPercent, int CrashPercent, int KillPercent)
{
    public static readonly Faults None = new(0, 0, 0, 0, 0);
}

/// <summary>
/// A cell with hosts, a gateway, a bus and users in one thread and virtual time. The deciding code is the real one; the
/// rest behaves as the contracts say, and as badly as the faults say. Everything follows from the seed.
/// </summary>
internal sealed class World
{
    public static readonly DateTimeOffset Start = new(2026, 3, 2, 9, 0, 0, TimeSpan.Zero);
    private static readonly TimeSpan StepTime = TimeSpan.FromMilliseconds(200);
    private const int SlotSeconds = 10;
    private const int DecisionsBetweenRepeats = 10;

    private readonly Random _random;
    private readonly List<(DateTimeOffset Due, CellCommand Command, object Level, long Epoch)> _toHosts = [];
    private readonly List<(DateTimeOffset Due, CellInput Input)> _toConductor = [];
    private CellDraft _draft;
    private Cell _stored = Cell.Empty;
    private readonly SortedDictionary<InstanceId, Instance> _rows = [];
    private readonly Dictionary<(ServiceName, StageName, int Slot), KeptReference> _pages = [];
    private readonly Dictionary<(RolloutId, int Number), KeptEvidence> _evidence = [];
    private long _epoch = 1;
    private long _sampleSequence;
    private long _decisions;

    public World(int seed, int hosts)
        : this(seed, hosts, new Resources(4_000, 4_096)) { }

    public World(int seed, int hosts, Resources capacity)
    {
        _random = new Random(seed);
        _draft = CellDraft.From(Cell.Empty, CellSettings.Embedded, _epoch, Now);
        foreach (var number in Enumerable.Range(1, hosts))
        {
            var host = new SimulatedHost(HostId.Parse($"h{number}"), capacity);
            Hosts[host.Id] = host;
        }
    }

    public DateTimeOffset Now { get; private set; } = Start;

    public Faults Faults { get; set; } = Faults.None;

    public SortedDictionary<HostId, SimulatedHost> Hosts { get; } = [];

    public SimulatedGateway Gateway { get; } = new();

    public List<JournalEntry> Journal { get; } = [];

    /// <summary>Requests per second to every deployment.</summary>
    public int RequestsPerSecond { get; set; } = 60;

    /// <summary>Which share of its requests a version answers with an error.</summary>
    public Dictionary<string, int> ErrorPercent { get; } = [];

    public Cell Cell => _stored;

    /// <summary>As it was before the last decision.</summary>
    public Cell Before { get; private set; } = Cell.Empty;

    /// <summary>Of what was seen of canaries.</summary>
    public int StoredPages => _evidence.Count;

    public Action<KeptJudgement> Kept { get; set; } = _ => { };

    public Action<World> Check { get; set; } = Invariants.Check;

    public CellAnswer Ask(CellInput input)
    {
        var answer = Decide([input])[0];
        Check(this);
        return answer;
    }

    public ImmutableArray<CellAnswer> AskAll(IEnumerable<CellInput> inputs) => Decide([.. inputs]);

    public void Run(TimeSpan time)
    {
        for (var end = Now + time; Now < end; )
        {
            Step();
        }
    }

    /// <summary>Time passes in which nothing is decided.</summary>
    public void Pass(TimeSpan time) => Now += time;

    public void RunUntil(Func<World, bool> isDone, TimeSpan within)
    {
        for (var end = Now + within; Now < end && !isDone(this); )
        {
            Step();
        }

        Assert.True(isDone(this), $"not reached within {within}:\n{Tail()}");
    }

    /// <summary>As a store of earlier days, which has nothing of what was measured between rollouts.</summary>
    public void ForgetReferences() => _pages.Clear();

    /// <summary>The conductor dies and another takes over with what was stored.</summary>
    public void Crash()
    {
        var read = _rows.Values.Select(row =>
            _stored.Hosts[row.Host].LostSince is { } since ? row.OnHostLost(since) : row
        );
        Assert.Equal(_stored.Instances.Values.OrderBy(each => each.Id), read);
        foreach (var rollout in _stored.Rollouts.Values)
        {
            var judged = rollout.Evidence?.Judged ?? ObservationLog.Empty;
            var pages = Enumerable
                .Range(0, judged.Pages)
                .SelectMany(page => _evidence[(rollout.Id, page)].Observations);
            Assert.Equal(judged, [.. pages, .. judged.Tail]);
        }

        _epoch++;
        // What is not stored is not there.
        var assignments = _stored.Assignments.ToImmutableSortedDictionary(
            each => each.Key,
            each => new AssignmentLevel(each.Key, each.Value.Revision)
        );
        _stored = _stored with { Assignments = assignments };
        _draft = CellDraft.From(_stored, CellSettings.Embedded, _epoch, Now);
        _draft.Recall(_pages.Values);
    }

    public string Tail() =>
        string.Join(
            '\n',
            Journal.TakeLast(25).Select(e => $"{e.At - Start:c} {e.Actor} {e.Action} {e.Subject}: {e.Reason}")
        );

    private void Step()
    {
        Now += StepTime;
        if (_random.Next(100) < Faults.CrashPercent)
        {
            Crash();
        }

        Deliver();
        foreach (var host in Hosts.Values)
        {
            host.Step(Now, _random.Next(100) < Faults.KillPercent);
            foreach (var input in host.TakeNews())
            {
                Send(input);
            }
        }

        Gateway.Step(_random);
        if (!Gateway.IsSilent)
        {
            Send(Gateway.Heartbeat());
        }

        Sample();
        Tell();
        Decide([.. TakeDue(), .. Calendar(), .. Timetable(), new CellInput.Tick()]);
        Check(this);
    }

    private ImmutableArray<CellAnswer> Decide(List<CellInput> batch)
    {
        Before = _stored;
        var decision = Decided(batch);
        if (!decision.HasMore && ++_decisions % DecisionsBetweenRepeats == 0)
        {
            NothingFollowsFromNothing();
        }

        return decision.Answers;
    }

    private Decision Decided(List<CellInput> batch)
    {
        var decision = CellMachine.Decide(_draft, batch, Now);
        _stored = _draft.ToCell();
        Store(decision.Changes);
        Journal.AddRange(decision.Entries);
        foreach (var judgement in decision.Changes.Judgements)
        {
            Kept(judgement);
        }

        foreach (var command in decision.Commands)
        {
            object level = command switch
            {
                CellCommand.Assign(var host, _) => Levels.Assignment(_stored, host),
                CellCommand.Route => Levels.Routes(_stored),
                _ => command,
            };
            foreach (var due in Deliveries())
            {
                _toHosts.Add((due, command, level, _epoch));
            }
        }

        return decision;
    }

    /// <summary>
    /// Without news and without time passing it comes to rest: what is decided again is what is there, and is not written
    /// again.
    /// </summary>
    private void NothingFollowsFromNothing()
    {
        const int mostDecisions = 8;
        List<string> written = [];
        for (var count = 0; count < mostDecisions; count++)
        {
            var changes = Decided([]).Changes;
            written =
            [
                .. changes.Rollouts.Select(rollout => rollout.Id.Value),
                .. changes.Trains.Select(train => train.Id.Value),
                .. changes.Deployments.Select(deployment => $"{deployment.Service} at {deployment.Stage}"),
                .. changes.Instances.Select(instance => instance.Id.Value),
                .. changes.Hosts.Select(host => host.Id.Value),
            ];
            if (written.Count == 0)
            {
                return;
            }
        }

        Assert.Empty(written);
    }

    /// <summary>As the database does.</summary>
    private void Store(CellChanges changes)
    {
        foreach (var instance in changes.Instances)
        {
            _rows[instance.Id] = instance;
        }

        foreach (var id in changes.RemovedInstances)
        {
            _rows.Remove(id);
        }

        foreach (var kept in changes.Evidence)
        {
            _evidence[(kept.Rollout, kept.Number)] = kept;
        }

        foreach (var key in _evidence.Keys.Where(key => changes.RemovedEvidence.Contains(key.Item1)).ToList())
        {
            _evidence.Remove(key);
        }

        foreach (var kept in changes.References)
        {
            _pages[(kept.Service, kept.Stage, kept.Page.Slot)] = kept;
        }
    }

    private void Tell()
    {
        foreach (var owed in _toHosts.Where(each => each.Due <= Now).ToList())
        {
            _toHosts.Remove(owed);
            var (_, command, level, epoch) = owed;
            switch (command)
            {
                case CellCommand.Assign assign:
                    Hosts[assign.Host].Take((HostAssignment)level, epoch);
                    break;
                case CellCommand.AskReport asked:
                    Hosts[asked.Host].Answer();
                    break;
                case CellCommand.Route:
                    Gateway.Take((RoutedTable)level, epoch);
                    break;
            }
        }
    }

    private void Deliver() => Gateway.Addresses = Hosts.Values.SelectMany(host => host.Serving()).ToHashSet();

    private void Send(CellInput input)
    {
        foreach (var due in Deliveries())
        {
            _toConductor.Add((due, input));
        }
    }

    private IEnumerable<DateTimeOffset> Deliveries()
    {
        if (_random.Next(100) < Faults.LosePercent)
        {
            yield break;
        }

        var copies = _random.Next(100) < Faults.RepeatPercent ? 2 : 1;
        for (var copy = 0; copy < copies; copy++)
        {
            yield return _random.Next(100) < Faults.DelayPercent ? Now + (StepTime * _random.Next(1, 20)) : Now;
        }
    }

    private List<CellInput> TakeDue()
    {
        var due = _toConductor.Where(each => each.Due <= Now).ToList();
        _toConductor.RemoveAll(each => each.Due <= Now);
        return [.. due.Select(each => each.Input)];
    }

    /// <summary>As the control plane does; here all zones are UTC, and nothing recurs.</summary>
    private IEnumerable<CellInput> Calendar() =>
        _stored
            .Windows.Values.Where(window => window.KnownUntil <= Now)
            .Select(window => new CellInput.WindowTimed(
                window,
                [
                    .. window.Dated.Select(each => new Period(
                        new DateTimeOffset(each.From, TimeSpan.Zero),
                        new DateTimeOffset(each.Until, TimeSpan.Zero)
                    )),
                ],
                DateTimeOffset.MaxValue
            ));

    private IEnumerable<CellInput> Timetable()
    {
        var slot =
            Start + TimeSpan.FromSeconds((Math.Floor((Now - Start).TotalSeconds / SlotSeconds) + 1) * SlotSeconds);
        return _stored
            .Lines.Values.Where(line =>
                !_stored.Trains.Values.Any(train =>
                    train.Id.Line == line.Name && train.Phase is TrainPhase.Boarding && train.DepartsAt > Now
                )
            )
            .Select(line => new CellInput.LineTimed(line.Name, slot));
    }

    private void Sample()
    {
        if ((Now - Start).Ticks % TimeSpan.FromSeconds(1).Ticks != 0)
        {
            return;
        }

        var counts = Gateway.Serve(RequestsPerSecond, ErrorPercent, _random);
        Send(
            new CellInput.TrafficCounted(
                SimulatedGateway.Id,
                "s",
                ++_sampleSequence,
                Now - TimeSpan.FromSeconds(1),
                Now,
                counts
            )
        );
    }
}
