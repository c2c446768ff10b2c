using System.Collections.Immutable;
using System.Diagnostics;
using Orchestrator.Core;
using Orchestrator.Core.Catalog;
using Orchestrator.Core.Fleet;
using Orchestrator.Core.Judging;
using Orchestrator.Core.Reconciliation;
using Orchestrator.Core.Rollouts;
using Orchestrator.Core.Trains;
using Orchestrator.Tests.Shared;

namespace Orchestrator.Storage.Tests;

public abstract class CellStoreTests(Target target) : StoreTests(target)
{
    [Fact]
    public async Task A_cell_that_was_never_saved_is_empty()
    {
        var cell = await CellStore.LoadAsync(Database, CellName, Cancel);

        Assert.Equal(Structure.Of(Cell.Empty), Structure.Of(cell));
    }

    [Fact]
    public async Task A_populated_cell_comes_back_as_it_was()
    {
        var changes = Populated();
        var lease = await AcquireAsync(CellName);

        await CommitAsync(lease, unit => CellStore.SaveAsync(unit, changes, Cancel));
        var cell = await CellStore.LoadAsync(Database, CellName, Cancel);

        Assert.Equal(Structure.Of(CellOf(changes)), Structure.Of(cell));
    }

    /// <summary>Whoever takes JSON apart to store it spends most of a batch on that.</summary>
    [Fact]
    public async Task A_body_stays_as_it_was_written()
    {
        var rollout = Sample.Of<Rollout>() with { Evidence = null };
        var lease = await AcquireAsync(CellName);

        await CommitAsync(lease, unit => CellStore.SaveAsync(unit, Changes.None with { Rollouts = [rollout] }, Cancel));
        var bodies = await Target.ReadTextsAsync("select body from rollout");

        Assert.Equal([StoredJson.Serialize(rollout)], bodies);
    }

    [Fact]
    public async Task What_is_saved_again_replaces_what_was_there()
    {
        var before = AnInstance(1);
        var after = before with { Phase = new InstancePhase.Stopping(Noon), Generation = 7 };
        var lease = await AcquireAsync(CellName);
        await CommitAsync(
            lease,
            unit => CellStore.SaveAsync(unit, Changes.None with { Instances = [before], RouteRevision = 1 }, Cancel)
        );

        await CommitAsync(
            lease,
            unit => CellStore.SaveAsync(unit, Changes.None with { Instances = [after], RouteRevision = 2 }, Cancel)
        );
        var cell = await CellStore.LoadAsync(Database, CellName, Cancel);

        Assert.Equal([after], cell.Instances.Values);
        Assert.Equal(2, cell.RouteRevision);
    }

    [Fact]
    public async Task What_is_removed_is_gone_and_the_rest_stays()
    {
        var lease = await AcquireAsync(CellName);
        await CommitAsync(
            lease,
            unit => CellStore.SaveAsync(unit, Changes.None with { Instances = [AnInstance(1), AnInstance(2)] }, Cancel)
        );

        var removal = Changes.None with { RemovedInstances = [AnInstance(1).Id, AnInstance(3).Id] };
        await CommitAsync(lease, unit => CellStore.SaveAsync(unit, removal, Cancel));
        var cell = await CellStore.LoadAsync(Database, CellName, Cancel);

        Assert.Equal([AnInstance(2)], cell.Instances.Values);
    }

    [Fact]
    public async Task Judgements_are_kept_beside_the_cell_and_come_back_as_they_were()
    {
        var kept = Enumerable
            .Range(1, 3)
            .Select(number => new KeptJudgement(RolloutId.Parse("shop/1/prod"), number, Sample.Of<Judgement>()))
            .ToImmutableArray();
        var other = new KeptJudgement(RolloutId.Parse("shop/2/prod"), 1, Sample.Of<Judgement>());
        var lease = await AcquireAsync(CellName);
        await CommitAsync(
            lease,
            unit => CellStore.SaveAsync(unit, Changes.None with { Judgements = [.. kept, other] }, Cancel)
        );

        var all = await Judgements.ReadAsync(Database, CellName, kept[0].Rollout, limit: 10, Cancel);
        var newest = await Judgements.ReadAsync(Database, CellName, kept[0].Rollout, limit: 2, Cancel);

        Assert.Equal(Structure.Of(kept), Structure.Of(all));
        Assert.Equal([2, 3], newest.Select(judgement => judgement.Number));
        Assert.Empty(await Judgements.ReadAsync(Database, CellName, RolloutId.Parse("shop/3/prod"), 10, Cancel));
    }

    [Fact]
    public async Task What_was_seen_of_a_canary_is_stored_in_pages_and_comes_back_whole()
    {
        var (log, pages) = Paged(ObservationLog.Of(Observations((3 * ObservationLog.PageSize) + 5), pages: 1));
        var rollout = With(log);
        var other = With(ObservationLog.Of(Observations(5), pages: 0)) with { Id = RolloutId.Parse("zoo/1/prod") };
        var lease = await AcquireAsync(CellName);
        var first = new KeptEvidence(rollout.Id, Number: 0, [.. log.Take(ObservationLog.PageSize)]);
        var saved = Changes.None with { Rollouts = [rollout, other], Evidence = [first, .. pages] };
        await CommitAsync(lease, unit => CellStore.SaveAsync(unit, saved, Cancel));

        var loaded = (await CellStore.LoadAsync(Database, CellName, Cancel)).Rollouts;

        Assert.Equal([1, 2], pages.Select(page => page.Number));
        Assert.Equal(3, loaded[rollout.Id].Evidence!.Judged.Pages);
        Assert.Equal(Structure.Of(rollout), Structure.Of(loaded[rollout.Id]));
        Assert.Equal(Structure.Of(other), Structure.Of(loaded[other.Id]));
        Assert.Equal(StoredJson.Serialize(other).Length, StoredJson.Serialize(rollout).Length, tolerance: 20);
    }

    [Fact]
    public async Task What_was_seen_at_an_earlier_step_is_forgotten()
    {
        var (log, pages) = Paged(ObservationLog.Of(Observations(2 * ObservationLog.PageSize), pages: 0));
        var lease = await AcquireAsync(CellName);
        var saved = Changes.None with { Rollouts = [With(log)], Evidence = pages };
        await CommitAsync(lease, unit => CellStore.SaveAsync(unit, saved, Cancel));
        var next = With(ObservationLog.Of(Observations(3), pages: 0));

        await CommitAsync(lease, unit => CellStore.SaveAsync(unit, Changes.None with { Rollouts = [next] }, Cancel));

        var loaded = Assert.Single((await CellStore.LoadAsync(Database, CellName, Cancel)).Rollouts.Values);
        Assert.Equal(Structure.Of(next), Structure.Of(loaded));
    }

    [Fact]
    public async Task Pages_of_what_nobody_looks_at_any_more_are_removed_and_nothing_else()
    {
        const string left = "select rollout from evidence_page where cell = @cell";
        var (log, pages) = Paged(ObservationLog.Of(Observations(2 * ObservationLog.PageSize), pages: 0));
        var seen = With(log);
        var other = seen with { Id = RolloutId.Parse("zoo/1/prod") };
        var lease = await AcquireAsync(CellName);
        var saved = Changes.None with
        {
            Rollouts = [seen, other],
            Evidence = [.. pages, .. pages.Select(page => page with { Rollout = other.Id })],
        };
        await CommitAsync(lease, unit => CellStore.SaveAsync(unit, saved, Cancel));

        var forgotten = Changes.None with { Rollouts = [seen with { Evidence = null }], RemovedEvidence = [seen.Id] };
        await CommitAsync(lease, unit => CellStore.SaveAsync(unit, forgotten, Cancel));

        var loaded = (await CellStore.LoadAsync(Database, CellName, Cancel)).Rollouts;
        Assert.Null(loaded[seen.Id].Evidence);
        Assert.Equal(Structure.Of(other), Structure.Of(loaded[other.Id]));
        await using var session = await Database.ReadAsync(Cancel);
        Assert.Equal(
            [other.Id.Value, other.Id.Value],
            await session.QueryAsync<string>(left, new { cell = CellName }, Cancel)
        );
    }

    [Fact]
    public async Task Pages_of_A_A_phases_come_back_and_the_newest_takes_the_place_of_the_oldest()
    {
        var sample = Sample.Of<KeptReference>();
        KeptReference[] pages =
        [
            .. from number in (long[])[0, 1, ReferenceTraffic.Pages]
            select sample with
            {
                Page = sample.Page with { Number = number },
            },
        ];
        var other = sample with { Stage = StageName.Parse("elsewhere") };
        var lease = await AcquireAsync(CellName);
        foreach (var page in pages.Append(other))
        {
            await CommitAsync(
                lease,
                unit => CellStore.SaveAsync(unit, Changes.None with { References = [page] }, Cancel)
            );
        }

        var loaded = new List<ImmutableArray<KeptReference>>();
        await foreach (var ofStage in ReferencePages.ReadAsync(Database, CellName, Cancel))
        {
            loaded.Add(ofStage);
        }

        Assert.Equal(2, loaded.Count);
        Assert.Equal(
            Structure.Of(other),
            Structure.Of(Assert.Single(loaded.Single(each => each[0].Stage == other.Stage)))
        );
        Assert.Equal(
            Structure.Of(pages.Skip(1).ToImmutableArray()),
            Structure.Of(
                loaded.Single(each => each[0].Stage != other.Stage).OrderBy(kept => kept.Page.Number).ToImmutableArray()
            )
        );
    }

    [Fact]
    public async Task A_window_that_was_released_is_gone()
    {
        var (one, other) = (Sample.Of<Window>(), Sample.Of<Window>() with { Name = WindowName.Parse("other") });
        var lease = await AcquireAsync(CellName);
        await CommitAsync(
            lease,
            unit => CellStore.SaveAsync(unit, Changes.None with { Windows = [one, other] }, Cancel)
        );

        var removal = Changes.None with { RemovedWindows = [one.Name] };
        await CommitAsync(lease, unit => CellStore.SaveAsync(unit, removal, Cancel));

        Assert.Equal([other.Name], (await CellStore.LoadAsync(Database, CellName, Cancel)).Windows.Keys);
    }

    [Fact]
    public async Task Secrets_are_stored_and_those_that_are_deleted_are_gone()
    {
        var (one, other) = (Sample.Of<Secret>(), Sample.Of<Secret>() with { Name = SecretName.Parse("other") });
        var lease = await AcquireAsync(CellName);
        await CommitAsync(
            lease,
            unit => CellStore.SaveAsync(unit, Changes.None with { Secrets = [one, other] }, Cancel)
        );

        var removal = Changes.None with { RemovedSecrets = [one.Name] };
        await CommitAsync(lease, unit => CellStore.SaveAsync(unit, removal, Cancel));

        Assert.Equal([other], (await CellStore.LoadAsync(Database, CellName, Cancel)).Secrets.Values);
    }

    [Fact]
    public async Task Delegations_are_stored_and_those_that_are_forgotten_are_gone()
    {
        var (one, other) = (Sample.Of<Delegation>(), Sample.Of<Delegation>() with { Number = long.MaxValue });
        var lease = await AcquireAsync(CellName);
        await CommitAsync(
            lease,
            unit => CellStore.SaveAsync(unit, Changes.None with { Delegations = [one, other] }, Cancel)
        );

        var removal = Changes.None with { RemovedDelegations = [one.Number] };
        await CommitAsync(lease, unit => CellStore.SaveAsync(unit, removal, Cancel));

        Assert.Equal([other], (await CellStore.LoadAsync(Database, CellName, Cancel)).Delegations.Values);
    }

    [Fact]
    public async Task Moves_that_are_forgotten_are_gone_and_their_rebalance_stays()
    {
        var (step, other) = (
            Sample.Of<RebalanceStep>() with
            {
                Number = 1,
            },
            Sample.Of<RebalanceStep>() with
            {
                Number = 2,
            }
        );
        var lease = await AcquireAsync(CellName);
        var saved = Changes.None with { Rebalances = [Sample.Of<Rebalance>()], RebalanceSteps = [step, other] };
        await CommitAsync(lease, unit => CellStore.SaveAsync(unit, saved, Cancel));

        var removal = Changes.None with { RemovedRebalanceSteps = [step.Key] };
        await CommitAsync(lease, unit => CellStore.SaveAsync(unit, removal, Cancel));
        var cell = await CellStore.LoadAsync(Database, CellName, Cancel);

        Assert.Equal([other.Key], cell.RebalanceSteps.Keys);
        Assert.Single(cell.Rebalances);
    }

    /// <summary>A hundred thousand rows need not be written when a tenth of a fleet is lost.</summary>
    [Fact]
    public async Task What_a_lost_host_ran_is_lost_with_it()
    {
        var lost = Sample.Of<Host>() with { Id = HostId.Parse("lost"), LostSince = Noon };
        var there = lost with { Id = HostId.Parse("there"), LostSince = null };
        var ran = AnInstance(1) with { Host = lost.Id, Phase = new InstancePhase.Active() };
        var ended = AnInstance(2) with { Host = lost.Id, Phase = new InstancePhase.Stopping(Noon) };
        var runs = AnInstance(3) with { Host = there.Id, Phase = new InstancePhase.Active() };
        var lease = await AcquireAsync(CellName);

        var changes = Changes.None with { Hosts = [lost, there], Instances = [ran, ended, runs] };
        await CommitAsync(lease, unit => CellStore.SaveAsync(unit, changes, Cancel));
        var cell = await CellStore.LoadAsync(Database, CellName, Cancel);

        var expected = ran with { Phase = new InstancePhase.Lost(Noon), Observed = Observation.None };
        Assert.Equal([expected, ended, runs], cell.Instances.Values);
    }

    [Fact]
    public async Task Cells_are_stored_apart()
    {
        var here = await AcquireAsync(CellName);
        var there = await AcquireAsync("other");
        await CommitAsync(
            here,
            unit => CellStore.SaveAsync(unit, Changes.None with { Instances = [AnInstance(1)] }, Cancel)
        );
        await CommitAsync(
            there,
            unit => CellStore.SaveAsync(unit, Changes.None with { Instances = [AnInstance(1)] }, Cancel)
        );

        var removal = Changes.None with { RemovedInstances = [AnInstance(1).Id] };
        await CommitAsync(there, unit => CellStore.SaveAsync(unit, removal, Cancel));

        Assert.Single((await CellStore.LoadAsync(Database, CellName, Cancel)).Instances.Values);
        Assert.Empty((await CellStore.LoadAsync(Database, "other", Cancel)).Instances.Values);
    }

    [Fact]
    public async Task Ten_thousand_instances_are_saved_in_one_batch()
    {
        const int count = 10_000;
        var instances = Enumerable.Range(1, count).Select(number => AnInstance(number)).ToImmutableArray();
        var lease = await AcquireAsync(CellName);
        var duration = Stopwatch.StartNew();

        await CommitAsync(
            lease,
            unit => CellStore.SaveAsync(unit, Changes.None with { Instances = instances }, Cancel)
        );
        var saved = duration.Elapsed;
        var cell = await CellStore.LoadAsync(Database, CellName, Cancel);

        TestContext.Current.SendDiagnosticMessage($"{Target}: saved in {saved}, loaded in {duration.Elapsed - saved}");
        Assert.Equal(count, cell.Instances.Count);
        Assert.All(instances, instance => Assert.Equal(instance, cell.Instances.Find(instance.Id)));
    }

    /// <summary>A write that does not do what it says is a bug, and must not be committed.</summary>
    [Fact]
    public async Task A_row_that_was_not_written_is_noticed()
    {
        await Target.IgnoreInsertsAsync("pool");
        var lease = await AcquireAsync(CellName);
        await using var unit = await Database.BeginAsync(lease, Cancel);

        await Assert.ThrowsAsync<UnreachableException>(() =>
            CellStore.SaveAsync(unit, Changes.None with { Pools = [Sample.Of<Pool>()] }, Cancel)
        );
    }

    private static Rollout With(ObservationLog log)
    {
        var rollout = Sample.Of<Rollout>();
        var evidence = rollout.Evidence!;
        return rollout with
        {
            Evidence = new CanaryEvidence
            {
                Policy = evidence.Policy,
                Noises = evidence.Noises,
                Since = evidence.Since,
                Judged = log,
                Pending = evidence.Pending,
            },
        };
    }

    private static IEnumerable<MetricObservation> Observations(int count) =>
        Enumerable
            .Range(0, count)
            .Select(number => new MetricObservation(
                0,
                new MetricSample.Counted(Noon.AddSeconds(number), Noon.AddSeconds(number + 1), number, 0, 100, 0)
            ));

    private static (ObservationLog Log, ImmutableArray<KeptEvidence> Pages) Paged(ObservationLog log)
    {
        var pages = ImmutableArray.CreateBuilder<KeptEvidence>();
        while (log.NextPage() is { } page)
        {
            pages.Add(new KeptEvidence(Sample.Of<Rollout>().Id, log.Pages, page));
            log = log.WithPageStored();
        }

        return (log, pages.ToImmutable());
    }

    private static CellChanges Populated() =>
        Changes.None with
        {
            Teams = [Sample.Of<Team>()],
            Pools = [Sample.Of<Pool>(), Sample.Of<Pool>() with { Name = PoolName.Parse("zone") }],
            Services = [Sample.Of<Service>()],
            // By precedence 1.10.0 comes after 1.9.0, and by text before it.
            Versions =
            [
                Sample.Of<ServiceVersion>() with
                {
                    Number = SemanticVersion.Parse("1.9.0"),
                },
                Sample.Of<ServiceVersion>() with
                {
                    Number = SemanticVersion.Parse("1.10.0"),
                },
            ],
            Lines = [Sample.Of<Line>()],
            Trains =
            [
                Sample.Of<Train>() with
                {
                    Id = TrainId.Parse("shop/9"),
                },
                Sample.Of<Train>() with
                {
                    Id = TrainId.Parse("shop/10"),
                },
            ],
            Rollouts =
            [
                Sample.Of<Rollout>(),
                (Rollout)Sample.Of(typeof(Rollout), hasNulls: true) with
                {
                    Id = RolloutId.Parse("zoo/1/prod"),
                },
            ],
            Deployments = [Sample.Of<Deployment>()],
            Hosts = [Sample.Of<Host>(), (Host)Sample.Of(typeof(Host), hasNulls: true) with { Id = HostId.Parse("z1") }],
            Instances = [AnInstance(1), AnInstance(2)],
            Assignments = [new AssignmentLevel(HostId.Parse("z1"), Revision: 17)],
            Windows = [Sample.Of<Window>()],
            Rebalances = [Sample.Of<Rebalance>() with { Number = 9 }, Sample.Of<Rebalance>() with { Number = 10 }],
            RebalanceSteps = [Sample.Of<RebalanceStep>() with { Rebalance = 9, Number = 1 }],
            RouteRevision = 42,
        };

    private static Cell CellOf(CellChanges changes) =>
        Cell.Empty with
        {
            Teams = changes.Teams.ToImmutableSortedDictionary(team => team.Name, team => team),
            Pools = changes.Pools.ToImmutableSortedDictionary(pool => pool.Name, pool => pool),
            Services = changes.Services.ToImmutableSortedDictionary(service => service.Name, service => service),
            Versions = changes.Versions.ToImmutableSortedDictionary(
                version => new VersionKey(version.Service, version.Number),
                version => version
            ),
            Lines = changes.Lines.ToImmutableSortedDictionary(line => line.Name, line => line),
            Trains = changes.Trains.ToImmutableSortedDictionary(train => TrainKey.Of(train.Id), train => train),
            Rollouts = changes.Rollouts.ToImmutableSortedDictionary(rollout => rollout.Id, rollout => rollout),
            Deployments = changes.Deployments.ToImmutableSortedDictionary(
                deployment => new DeploymentKey(deployment.Service, deployment.Stage),
                deployment => deployment
            ),
            Hosts = changes.Hosts.ToImmutableSortedDictionary(host => host.Id, host => host),
            Instances = InstanceTable.From(changes.Instances),
            Assignments = changes.Assignments.ToImmutableSortedDictionary(level => level.Host, level => level),
            Windows = changes.Windows.ToImmutableSortedDictionary(window => window.Name, window => window),
            Rebalances = changes.Rebalances.ToImmutableSortedDictionary(each => each.Number, each => each),
            RebalanceSteps = changes.RebalanceSteps.ToImmutableSortedDictionary(step => step.Key, step => step),
            RouteRevision = changes.RouteRevision,
        };

    private static Instance AnInstance(long number) =>
        Sample.Of<Instance>() with
        {
            Id = InstanceId.Of(ServiceName.Parse("shop"), StageName.Parse("prod"), number),
            Service = ServiceName.Parse("shop"),
            Stage = StageName.Parse("prod"),
            PlacedAt = Noon,
        };
}

public sealed class CellStoreOnSqliteTests() : CellStoreTests(new SqliteTarget());

public sealed class CellStoreOnPostgresTests(PostgresServer server) : CellStoreTests(new PostgresTarget(server));
