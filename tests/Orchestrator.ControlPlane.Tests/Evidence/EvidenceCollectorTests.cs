using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Time.Testing;
using Orchestrator.ControlPlane.Conducting;
using Orchestrator.ControlPlane.Evidence;
using Orchestrator.Core;
using Orchestrator.Core.Catalog;
using Orchestrator.Core.Judging;
using Orchestrator.Core.Reconciliation;
using Orchestrator.Core.Rollouts;
using Orchestrator.Storage;
using Orchestrator.Tests.Shared;
using static Orchestrator.ControlPlane.Tests.Workbench;

namespace Orchestrator.ControlPlane.Tests.Evidence;

public sealed class EvidenceCollectorTests
{
    private static readonly DateTimeOffset Noon = new(2026, 5, 4, 12, 0, 0, TimeSpan.Zero);
    private static readonly RolloutId Canary = RolloutId.Parse("cart/2/prod");

    [Fact]
    public async Task Both_versions_are_asked_for_every_interval_and_what_comes_is_judged()
    {
        await using var server = await AnsweringServer.StartAsync(context =>
            context.Response.WriteAsync(
                (context.Request.Path.Value, context.Request.Query["v"].ToString()) switch
                {
                    ("/lost", "1.1.0") => "40.4",
                    ("/all", "1.1.0") => "100",
                    ("/lost", "1.0.0") => "9",
                    ("/all", "1.0.0") => "900",
                    ("/cpu", "1.1.0") => "0.5",
                    _ => "0.25",
                },
                context.RequestAborted
            )
        );
        var clock = new FakeTimeProvider(Noon);
        await using var bench = await OpenAsync();
        var conductor = await LeadAsync(bench, clock);
        using var collector = ACollector(server, conductor, clock);
        using var over = CancellationTokenSource.CreateLinkedTokenSource(Token);
        var collecting = collector.RunAsync(over.Token);

        await PassUntilAsync(clock, () => server.Asked.Count >= 6 && Judged(conductor).Length >= 2);
        await over.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => collecting);

        Assert.Equal(
            ["/all?v=1.0.0", "/all?v=1.1.0", "/cpu?v=1.0.0", "/cpu?v=1.1.0", "/lost?v=1.0.0", "/lost?v=1.1.0"],
            server.Asked.Take(6).Order(StringComparer.Ordinal)
        );
        var counted = Assert.Single(Judged(conductor).OfType<MetricSample.Counted>().Take(1));
        Assert.Equal(
            (100L, 40L, 900L, 9L),
            (counted.CanaryTotal, counted.CanaryHits, counted.ControlTotal, counted.ControlHits)
        );
        Assert.Equal(Noon, counted.From);
        Assert.InRange((counted.To - counted.From).TotalSeconds, 10, 20);
        var levels = Assert.Single(Judged(conductor).OfType<MetricSample.Levels>().Take(1));
        Assert.Equal((0.5, 0.25), (levels.Canary, levels.Control));
    }

    [Fact]
    public async Task A_provider_that_fails_leaves_a_gap_that_says_why_and_the_rollout_as_it_is()
    {
        await using var server = await AnsweringServer.StartAsync(context =>
        {
            context.Response.StatusCode = StatusCodes.Status500InternalServerError;
            return Task.CompletedTask;
        });
        var clock = new FakeTimeProvider(Noon);
        await using var bench = await OpenAsync();
        var conductor = await LeadAsync(bench, clock);
        using var collector = ACollector(server, conductor, clock);
        using var over = CancellationTokenSource.CreateLinkedTokenSource(Token);
        var collecting = collector.RunAsync(over.Token);

        await PassUntilAsync(clock, () => Judged(conductor).Length >= 4);
        await over.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => collecting);

        Assert.All(
            Judged(conductor),
            sample =>
                Assert.Equal("json, asked of 1.1.0: it answered 500", Assert.IsType<MetricSample.Missing>(sample).Why)
        );
        Assert.IsType<RolloutPhase.Baking>(conductor.Current.Cell.Rollouts[Canary].Phase);
    }

    [Fact]
    public async Task A_provider_that_nobody_knows_is_a_gap_too()
    {
        var clock = new FakeTimeProvider(Noon);
        await using var bench = await OpenAsync();
        var conductor = await LeadAsync(bench, clock);
        using var collector = new EvidenceCollector([], conductor, clock);
        using var over = CancellationTokenSource.CreateLinkedTokenSource(Token);
        var collecting = collector.RunAsync(over.Token);

        await PassUntilAsync(clock, () => Judged(conductor).Length >= 1);
        await over.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => collecting);

        Assert.Equal(
            "the control plane knows no provider 'json'",
            Assert.IsType<MetricSample.Missing>(Judged(conductor)[0]).Why
        );
    }

    [Fact]
    public void Nobody_is_asked_before_it_is_time_nor_of_a_rollout_without_traffic()
    {
        var cell = Cell.Empty with { Rollouts = Cell.Empty.Rollouts.Add(Canary, ARollout()) };

        Assert.Empty(Questions.Due(cell, Noon.AddSeconds(9)));
        Assert.Equal(2, Questions.Due(cell, Noon.AddSeconds(10)).Length);
        var told = ARollout() with
        {
            Evidence = ARollout().Evidence!.With(1, new MetricSample.Missing(Noon, Noon.AddSeconds(10), "down")),
        };
        var asked = cell with { Rollouts = cell.Rollouts.SetItem(Canary, told) };
        var due = Assert.Single(Questions.Due(asked, Noon.AddSeconds(15)));
        Assert.Equal(("lost", Noon, Noon.AddSeconds(15)), (due.Rule.Name, due.From, due.To));
        Assert.Equal(new QueryText("cart", "1.1.0", "prod", "none"), due.Canary);
        Assert.Equal("1.0.0", due.Control.Version);
        Assert.Equal(Noon.AddSeconds(10), Questions.Due(asked, Noon.AddSeconds(20))[1].From);
        foreach (var phase in new RolloutPhase[] { new RolloutPhase.Deploying(0, Noon), new RolloutPhase.Succeeded() })
        {
            var idle = cell with { Rollouts = cell.Rollouts.SetItem(Canary, ARollout() with { Phase = phase }) };
            Assert.Empty(Questions.Due(idle, Noon.AddSeconds(10)));
        }
    }

    private static EvidenceCollector ACollector(AnsweringServer server, Conductor conductor, TimeProvider clock) =>
        new(
            [KeyValuePair.Create("json", new ProviderOptions { Kind = ProviderKind.Json, Url = server.Url })],
            conductor,
            clock
        );

    private static MetricSample[] Judged(Conductor conductor) =>
        [.. conductor.Current.Cell.Rollouts[Canary].Evidence!.Judged.Select(judged => judged.Sample)];

    /// <summary>With a canary that bakes all day.</summary>
    private static async Task<Conductor> LeadAsync(Workbench bench, FakeTimeProvider clock)
    {
        var lease = (await Leases.AcquireAsync(bench.Database, "default", "before", TimeSpan.FromHours(1), Token))!;
        await using (var unit = await bench.Database.BeginAsync(lease, Token))
        {
            await CellStore.SaveAsync(unit, ChangesOf(ARollout()), Token);
            await unit.CommitAsync(Token);
        }

        await Leases.ReleaseAsync(bench.Database, lease, Token);
        return await bench.ALeaderAsync(clock);
    }

    private static async Task PassUntilAsync(FakeTimeProvider clock, Func<bool> isTrue) =>
        await UntilAsync(() =>
        {
            clock.Advance(TimeSpan.FromMilliseconds(200));
            return isTrue();
        });

    private static Rollout ARollout()
    {
        var step = new CanaryStep
        {
            Instances = 1,
            WeightPercent = 10,
            Bake = TimeSpan.FromHours(20),
            MinimumRequests = 1,
            JudgeWithin = TimeSpan.FromHours(20),
        };
        var usual = LineOf("cart", "0 0 0 1 1 ?", "UTC").Route[0];
        var stage = usual with
        {
            Strategy = usual.Strategy with { Steps = [step], ReadyWithin = TimeSpan.FromHours(20) },
            Judge = usual.Judge with
            {
                CountsErrors = false,
                Metrics = [Rule("lost", MetricKind.Share, "/all?v={{version}}"), Rule("cpu", MetricKind.Level, "")],
            },
        };
        var policy = StageJudge.PolicyOf(stage.Judge, step);
        return new Rollout
        {
            Id = Canary,
            Service = ServiceName.Parse("cart"),
            Stage = stage,
            From = SemanticVersion.Parse("1.0.0"),
            To = SemanticVersion.Parse("1.1.0"),
            PublishedBy = "dev",
            ConsistHash = "h",
            Phase = new RolloutPhase.Baking(0, Noon),
            Approval = null,
            Evidence = CanaryEvidence.Begin(policy, [.. policy.Metrics.Select(_ => Noise.Unknown)], Noon),
            Verdict = null,
            UnreadySince = null,
            PlannedAt = Noon,
            EndedAt = null,
        };
    }

    private static MetricRule Rule(string name, MetricKind kind, string total) =>
        new()
        {
            Name = name,
            Kind = kind,
            IsLowerWorse = false,
            ToleratedRatio = 1,
            InferiorRatio = 2,
            MinimumSamples = 1,
            Source = new MetricSource.Query("json", $"/{name}?v={{{{version}}}}", total, TimeSpan.FromSeconds(10)),
        };

    private static ServiceVersion VersionOf(Rollout rollout, SemanticVersion number) =>
        new()
        {
            Service = rollout.Service,
            Number = number,
            Channel = "stable",
            Template = ATemplate(),
            Dependencies = [],
            PublishedBy = "dev",
            PublishedAt = Noon,
        };

    private static CellChanges ChangesOf(Rollout rollout) =>
        Changes.None with
        {
            Versions = [VersionOf(rollout, rollout.From!), VersionOf(rollout, rollout.To)],
            Rollouts = [rollout],
        };
}
