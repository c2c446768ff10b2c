using System.Collections.Immutable;
using Orchestrator.Core.Catalog;
using Orchestrator.Core.Judging;
using Orchestrator.Core.Rollouts;
using Orchestrator.Core.Trains;

namespace Orchestrator.Core.Reconciliation;

/// <content>What belongs to one line, found without looking through what belongs to all.</content>
public sealed partial class CellDraft
{
    private readonly Dictionary<ServiceName, SortedSet<SemanticVersion>> _versionsOf = [];
    private readonly Dictionary<ServiceName, SortedSet<long>> _trainsOf = [];
    private readonly Dictionary<ServiceName, SortedSet<ServiceName>> _dependentsOf = [];

    /// <summary>A train or a rollout entered another phase in the running decision: the next may lead on from there.</summary>
    internal bool HasMoved { get; set; }

    /// <summary>What is known for now of how much a stage's instances differ.</summary>
    internal Dictionary<DeploymentKey, ReferenceTraffic> References { get; } = [];

    /// <summary>Made in the running decision.</summary>
    internal List<KeptJudgement> Judgements { get; } = [];

    /// <summary>Ascending.</summary>
    internal IEnumerable<ServiceVersion> VersionsOf(ServiceName service) =>
        _versionsOf.TryGetValue(service, out var numbers)
            ? numbers.Select(number => Versions[new VersionKey(service, number)])
            : [];

    /// <summary>By number; those that ended too.</summary>
    internal IEnumerable<Train> TrainsOf(ServiceName line) =>
        _trainsOf.TryGetValue(line, out var numbers)
            ? numbers.Select(number => Trains[new TrainKey(line, number)])
            : [];

    /// <summary>By number.</summary>
    internal IEnumerable<Train> OpenTrainsOf(ServiceName line) =>
        OpenTrains.GetViewBetween(new TrainKey(line, 0), new TrainKey(line, long.MaxValue)).Select(key => Trains[key]);

    /// <summary>What the train goes through: its own copy once it is sealed.</summary>
    internal ImmutableArray<Stage> RouteOf(Train train) =>
        train.Route.IsEmpty ? Lines[train.Id.Line].Route : train.Route;

    /// <summary>Those of a train that have been planned, in the order of its route.</summary>
    internal IEnumerable<Rollout> RolloutsOf(Train train) =>
        RouteOf(train).Select(stage => Rollouts.Find(RolloutId.Of(train.Id, stage.Name))).OfType<Rollout>();

    /// <summary>Of the line's newest train; 0 before the first.</summary>
    internal long LastTrainOf(ServiceName line) => _trainsOf.TryGetValue(line, out var numbers) ? numbers.Max : 0;

    /// <summary>Services of which some version depends on this one.</summary>
    internal IEnumerable<ServiceName> DependentsOf(ServiceName service) =>
        _dependentsOf.TryGetValue(service, out var dependents) ? dependents : [];

    /// <summary>The one under way there; null if there is none.</summary>
    internal Rollout? RolloutAt(DeploymentKey deployment) =>
        OpenRollouts.At(deployment).Select(id => Rollouts[id]).FirstOrDefault();

    internal void Put(Rollout rollout)
    {
        HasMoved |= Rollouts.Find(rollout.Id)?.Phase != rollout.Phase;
        Rollouts.Put(rollout.Id, rollout);
        if (RolloutMachine.IsFinished(rollout))
        {
            OpenRollouts.Remove(rollout.Id);
        }
        else
        {
            OpenRollouts.Add(rollout.Id);
        }
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

        foreach (var key in Trains.Keys)
        {
            Index(_trainsOf, key.Line, key.Number);
        }

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

    private static void Index<T>(Dictionary<ServiceName, SortedSet<T>> index, ServiceName line, T number)
    {
        if (!index.TryGetValue(line, out var numbers))
        {
            index[line] = numbers = [];
        }

        numbers.Add(number);
    }
}
