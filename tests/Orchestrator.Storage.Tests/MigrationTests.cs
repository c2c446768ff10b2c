using Orchestrator.Core;
using Orchestrator.Core.Fleet;
using Orchestrator.Core.Rollouts;
using Orchestrator.Tests.Shared;

namespace Orchestrator.Storage.Tests;

public abstract class MigrationTests(Target target) : StoreTests(target)
{
    [Fact]
    public async Task Opening_again_changes_nothing()
    {
        var lease = await AcquireAsync(CellName);

        await using var again = await Target.OpenAsync();

        Assert.True(await Leases.RenewAsync(again, lease, Cancel));
    }

    [Fact]
    public async Task Many_that_open_at_once_take_turns()
    {
        await using var empty = Target.Another();
        await empty.CreateAsync();

        var opened = await Task.WhenAll(Enumerable.Range(0, 4).Select(_ => Task.Run(empty.OpenAsync)));

        foreach (var database in opened)
        {
            Assert.Empty(await Tokens.ListAsync(database, Cancel));
            await database.DisposeAsync();
        }
    }

    [Theory]
    [InlineData("""{"outcome": "Fail", "reason": "errors", "canaryRequests": 3}""", "Fail errors")]
    [InlineData("null", "")]
    public async Task What_was_concluded_before_judgements_were_kept_stays_in_words(string verdict, string expected)
    {
        var lease = await AcquireAsync(CellName);
        var rollout = Sample.Of<Rollout>() with { Evidence = null, Verdict = null };
        await CommitAsync(lease, unit => CellStore.SaveAsync(unit, Changes.None with { Rollouts = [rollout] }, Cancel));
        await Target.ExecuteAsync(
            Target is SqliteTarget
                ? $"""
                drop table judgement;
                delete from schema_history where scriptname like '%0008_judgements.sql';
                update rollout set body = json_set(body, '$.verdict', json('{verdict}'), '$.buckets', json('[1]'));
                """
                : $"""
                drop table judgement;
                alter table rollout alter column body type jsonb using body::jsonb;
                delete from schema_history where scriptname like '%0008_judgements.sql' or scriptname like '%0013_json.sql';
                update rollout set body = jsonb_set(jsonb_set(body, '{"{verdict}"}', '{verdict}'), '{"{buckets}"}', '[1]');
                """
        );

        await using var again = await Target.OpenAsync();
        var cell = await CellStore.LoadAsync(again, CellName, Cancel);

        var kept = Assert.Single(cell.Rollouts.Values).Verdict;
        Assert.Equal(expected, kept is null ? "" : $"{kept.Outcome} {kept.Reason}");
    }

    /// <summary>As the first version of the schema had it.</summary>
    [Fact]
    public async Task Instances_that_were_whole_objects_become_rows()
    {
        var json = Target is SqliteTarget ? "text" : "jsonb";
        if (Target is not SqliteTarget)
        {
            await Target.ExecuteAsync("alter table host alter column body type jsonb using body::jsonb;");
        }

        await Target.ExecuteAsync(
            $$$"""
            drop table instance;
            drop table assignment;
            drop table outbox;
            delete from schema_history where scriptname like '%0002_instances.sql' or scriptname like '%0013_json.sql';
            create table instance (cell text, id text, service text, stage text, version text, host text, phase text,
                observed text, body {{{json}}});
            create table outbox (id bigint);
            insert into host (cell, id, availability, is_lost, body) values ('default', 'h1', 'Open', 0, '{
                "id": "h1", "capacity": {"cpuMillicores": 4000, "memoryMebibytes": 8192}, "labels": {"rack": "r1"},
                "runtime": "oci", "agentVersion": "1.0.0", "agentSession": "s", "reportSequence": 3,
                "reportDigest": "d", "reportEpoch": 1, "reportRevision": 4, "availability": "Open",
                "lostSince": null, "assignmentRevision": 5}');
            insert into instance values ('default', 'my-shop.prod.12', 'my-shop', 'prod', '1.2.0', 'h1', 'Draining', 'Ready', '{
                "id": "my-shop.prod.12", "service": "my-shop", "stage": "prod", "version": "1.2.0", "host": "h1",
                "generation": 2, "demand": {"cpuMillicores": 250, "memoryMebibytes": 128},
                "phase": {"$type": "Draining", "routeRevision": 7, "deadline": "2026-05-04T12:00:30+00:00"},
                "observed": {"state": "Ready", "address": "127.0.0.1:4000", "restarts": 1, "reason": ""},
                "placedAt": "2026-05-04T12:00:00.25+00:00"}');
            """
        );

        await using var again = await Target.OpenAsync();
        var cell = await CellStore.LoadAsync(again, CellName, Cancel);

        var instance = Assert.Single(cell.Instances.Values);
        Assert.Equal("my-shop.prod.12", instance.Id.Value);
        Assert.Equal(("1.2.0", "h1", 2), (instance.Version.ToString(), instance.Host.Value, instance.Generation));
        Assert.Equal(new Resources(250, 128), instance.Demand);
        Assert.Equal(new InstancePhase.Draining(7, Noon.AddSeconds(30)), instance.Phase);
        Assert.Equal(new Observation(ObservedState.Ready, "127.0.0.1:4000", 1, ""), instance.Observed);
        Assert.Equal(Noon.AddMilliseconds(250), instance.PlacedAt);
        Assert.Equal(5, Assert.Single(cell.Assignments.Values).Revision);
        Assert.Equal("r1", Assert.Single(cell.Hosts.Values).Labels["rack"]);
    }

    [Fact]
    public async Task A_schema_that_a_newer_version_made_is_refused()
    {
        await Target.ExecuteAsync(
            "insert into schema_history (scriptname, applied) values ('9999_future.sql', '2030-01-01')"
        );

        var refusal = await Assert.ThrowsAsync<SchemaTooNewException>(Target.OpenAsync);

        Assert.Contains("9999_future.sql", refusal.Message);
    }
}

public sealed class MigrationOnSqliteTests() : MigrationTests(new SqliteTarget())
{
    [Fact]
    public async Task Only_the_owner_can_read_the_files()
    {
        Assert.SkipWhen(OperatingSystem.IsWindows(), "Windows has no such modes.");

        await AcquireAsync(CellName);

        var files = Directory.GetFiles(Path.GetDirectoryName(((SqliteTarget)Target).Path)!);

        Assert.Contains(files, file => file.EndsWith("-wal", StringComparison.Ordinal));
#pragma warning disable CA1416 // Windows was skipped.
        Assert.All(
            files,
            file => Assert.Equal(UnixFileMode.UserRead | UnixFileMode.UserWrite, File.GetUnixFileMode(file))
        );
#pragma warning restore CA1416
    }
}

public sealed class MigrationOnPostgresTests(PostgresServer server) : MigrationTests(new PostgresTarget(server));
