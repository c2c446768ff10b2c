using System.Collections.Immutable;
using Orchestrator.Core.Catalog;
using Orchestrator.Core.Rollouts;
using Orchestrator.Core.Trains;

namespace Orchestrator.Core.Reconciliation;

/// <content>What belongs to one line, found without looking through what belongs to all.</content>
public sealed partial class CellDraft
{
    private readonly Dictionary<ServiceName, SortedSet<SemanticVersion>> _versionsOf = [];
    private readonly Dictionary<ServiceName, SortedSet<LineName>> _linesOf = [];
    private readonly Dictionary<LineName, SortedSet<long>> _trainsOf = [];
    private readonly Dictionary<ServiceName, SortedSet<TrainKey>> _trainsWith = [];
    private readonly Dictionary<ServiceName, SortedSet<TrainKey>> _openTrainsWith = [];
    private readonly Dictionary<ServiceName, SortedSet<ServiceName>> _dependentsOf = [];

    /// <summary>A train or a rollout entered another phase in the running decision: the next may lead on from there.</summary>
    internal bool HasMoved { get; set; }

    /// <summary>Ascending.</summary>
    internal IEnumerable<ServiceVersion> VersionsOf(ServiceName service) =>
        _versionsOf.TryGetValue(service, out var numbers)
            ? numbers.Select(number => Versions[new VersionKey(service, number)])
            : [];

    /// <summary>By name: those that the service travels on.</summary>
    internal IEnumerable<Line> LinesOf(ServiceName service) =>
        _linesOf.TryGetValue(service, out var names) ? names.Select(name => Lines[name]) : [];

    /// <summary>As its lines declare it, which agree in how many instances there are and where; null if none goes there.</summary>
    internal Stage? StageOf(DeploymentKey key) =>
        LinesOf(key.Service).SelectMany(line => line.Route).FirstOrDefault(stage => stage.Name == key.Stage);

    /// <summary>Sealed ones that have it aboard, by line and number; those that ended too.</summary>
    internal IEnumerable<Train> TrainsWith(ServiceName service) =>
        _trainsWith.TryGetValue(service, out var keys) ? keys.Select(key => Trains[key]) : [];

    /// <summary>Sealed ones that have it aboard, by line and number.</summary>
    internal IEnumerable<Train> OpenTrainsWith(ServiceName service) =>
        _openTrainsWith.TryGetValue(service, out var keys) ? keys.Select(key => Trains[key]) : [];

    /// <summary>By number.</summary>
    internal IEnumerable<Train> OpenTrainsOf(LineName line) =>
        OpenTrains.GetViewBetween(new TrainKey(line, 0), new TrainKey(line, long.MaxValue)).Select(key => Trains[key]);

    /// <summary>What the train goes through: its own copy once it is sealed.</summary>
    internal ImmutableArray<Stage> RouteOf(Train train) =>
        train.Route.IsEmpty ? Lines[train.Id.Line].Route : train.Route;

    /// <summary>Those of a train that have been planned, in the order of its route.</summary>
    internal IEnumerable<Rollout> RolloutsOf(Train train) =>
        RouteOf(train).SelectMany(stage => RolloutsAt(train, stage.Name));

    /// <summary>Those of a train's cars that have been planned at the stage, in the order of the cars.</summary>
    internal List<Rollout> RolloutsAt(Train train, StageName stage)
    {
        var rollouts = new List<Rollout>(train.Cars.Length);
        foreach (var car in train.Cars)
        {
            if (RolloutOf(train, stage, car.Service) is { } rollout)
            {
                rollouts.Add(rollout);
            }
        }

        return rollouts;
    }

    /// <summary>Of the train's car at the stage; null if none has been planned.</summary>
    internal Rollout? RolloutOf(Train train, StageName stage, ServiceName service) =>
        Rollouts.Find(train.RolloutOf(stage, service));

    /// <summary>Of the line's newest train; 0 before the first.</summary>
    internal long LastTrainOf(LineName line) => _trainsOf.TryGetValue(line, out var numbers) ? numbers.Max : 0;

    /// <summary>Services of which some version depends on this one.</summary>
    internal IEnumerable<ServiceName> DependentsOf(ServiceName service) =>
        _dependentsOf.TryGetValue(service, out var dependents) ? dependents : [];

    /// <summary>The one under way there; null if there is none.</summary>
    internal Rollout? RolloutAt(DeploymentKey deployment) =>
        OpenRollouts.FirstAt(deployment) is { } id ? Rollouts[id] : null;

    internal void Put(Rollout rollout)
    {
        HasMoved |= Rollouts.Find(rollout.Id)?.Phase != rollout.Phase;
        Rollouts.Put(rollout.Id, Paged(rollout));
        if (RolloutMachine.IsFinished(rollout))
        {
            OpenRollouts.Remove(rollout);
            ForgetEarlierEvidence(rollout);
        }
        else
        {
            OpenRollouts.Add(rollout);
        }
    }

    internal void Put(Line line)
    {
        foreach (var service in Lines.Find(line.Name)?.Services ?? [])
        {
            _linesOf[service].Remove(line.Name);
        }

        Lines.Put(line.Name, line);
        Index(line);
    }

    internal void Put(ServiceVersion version)
    {
        Versions.Put(new VersionKey(version.Service, version.Number), version);
        IndexVersion(version);
    }

    private void IndexRows()
    {
        foreach (var version in Versions.Rows)
        {
            IndexVersion(version);
        }

        foreach (var line in Lines.Rows)
        {
            Index(line);
        }

        foreach (var train in Trains.Rows)
        {
            Index(train);
        }

        ForgetEarlierEvidence();
        IndexRebalances();
    }

    private void IndexVersion(ServiceVersion version)
    {
        Index(_versionsOf, version.Service, version.Number);
        foreach (var dependency in version.Dependencies)
        {
            Index(_dependentsOf, dependency.Service, version.Service);
        }
    }

    private void Index(Line line)
    {
        foreach (var service in line.Services)
        {
            Index(_linesOf, service, line.Name);
        }
    }

    private void Index(Train train)
    {
        var key = TrainKey.Of(train.Id);
        Index(_trainsOf, key.Line, key.Number);
        foreach (var car in train.Cars)
        {
            Index(_trainsWith, car.Service, key);
            Index(_openTrainsWith, car.Service, key);
            if (Boarding.IsEnded(train))
            {
                _openTrainsWith[car.Service].Remove(key);
            }
        }
    }

    private static void Index<TKey, T>(Dictionary<TKey, SortedSet<T>> index, TKey key, T value)
        where TKey : notnull
    {
        if (!index.TryGetValue(key, out var values))
        {
            index[key] = values = [];
        }

        values.Add(value);
    }
}
