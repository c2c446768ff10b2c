using System.Net;
using System.Net.Http.Json;
using Orchestrator.Contracts.Http;
using Orchestrator.ControlPlane.Api;
using Orchestrator.Core;
using Orchestrator.Core.Fleet;
using Orchestrator.Core.Reconciliation;
using Orchestrator.Storage;
using static Orchestrator.ControlPlane.Tests.Workbench;

namespace Orchestrator.ControlPlane.Tests.Api;

public sealed class PlanTests
{
    private const string Line = """
        apiVersion: orchestrator/v1
        kind: Line
        metadata: {service: cart}
        spec:
          timetable: {cron: "0 0 9 ? * MON", zone: UTC}
          boarding: {channel: stable}
          route: [{stage: prod, count: 2}]
        """;

    [Fact]
    public async Task A_plan_says_what_finds_no_place_and_stores_nothing()
    {
        await using var site = await Site.StartAsync();
        var viewer = await site.ClientAsync("viewer");
        var before = site.Conductor.Current.Cell;

        var plan = await Site.ReadAsync<PlanView>(
            await viewer.PostAsJsonAsync(
                "/v1/plan/apply",
                new ApplyRequest
                {
                    Files = [new ManifestFile("all.yaml", $"{Site.CartService}\n---\n{Site.CartVersion}\n---\n{Line}")],
                },
                Token
            )
        );

        Assert.Equal(["created", "created", "created"], plan.Objects.Select(change => change.Action));
        var deployment = Assert.Single(plan.Deployments);
        Assert.Equal((2, "there are no hosts"), (deployment.Unplaced, deployment.Reason));
        Assert.False(plan.IsPlaceable);
        Assert.True(plan.IsComplete);
        Assert.Same(before.Services, site.Conductor.Current.Cell.Services);
    }

    public static TheoryData<string, object, HttpStatusCode, string, string> Bad =>
        new()
        {
            {
                "/v1/plan/drain",
                new PlanHostsRequest([]),
                HttpStatusCode.UnprocessableEntity,
                "invalid_hosts",
                "orc hosts"
            },
            {
                "/v1/plan/rebalance",
                new PlanRebalanceRequest("default", "pakc", 5),
                HttpStatusCode.UnprocessableEntity,
                "invalid_goal",
                "pack or spread"
            },
            {
                "/v1/plan/rebalance",
                new PlanRebalanceRequest("default", "pack", 0),
                HttpStatusCode.UnprocessableEntity,
                "invalid_moves",
                "1 to 10000"
            },
            {
                "/v1/plan/rebalance",
                new PlanRebalanceRequest("edge", "pack", 5),
                HttpStatusCode.NotFound,
                "pool_unknown",
                "orc get pools"
            },
            { "/v1/plan/lose", new PlanHostsRequest(["h1"]), HttpStatusCode.NotFound, "host_unknown", "orc hosts" },
            {
                "/v1/plan/scale",
                new PlanScaleRequest("cart", "prod", 0),
                HttpStatusCode.UnprocessableEntity,
                "invalid_count",
                "1 to 10000"
            },
            {
                "/v1/plan/scale",
                new PlanScaleRequest("cart", "prod", 2),
                HttpStatusCode.NotFound,
                "deployment_unknown",
                "Nothing of cart is deployed yet."
            },
            {
                "/v1/plan/publish/cartt",
                new PublishRequest { Version = "1.0.0" },
                HttpStatusCode.NotFound,
                "service_unknown",
                "Did you mean cart?"
            },
            {
                "/v1/plan/publish/cart",
                new PublishRequest { Version = "one" },
                HttpStatusCode.UnprocessableEntity,
                "invalid_version",
                "MAJOR.MINOR.PATCH"
            },
            {
                "/v1/plan/apply",
                new ApplyRequest { Files = [new ManifestFile("a.yaml", "kind: [")] },
                HttpStatusCode.UnprocessableEntity,
                "manifest_invalid",
                ""
            },
        };

    [Theory]
    [MemberData(nameof(Bad))]
    public async Task What_cannot_be_planned_is_refused_with_what_to_do(
        string path,
        object body,
        HttpStatusCode status,
        string code,
        string hint
    )
    {
        await using var site = await Site.StartAsync();
        var admin = site.Admin();
        await Site.ReadAsync<ApplyResult>(await Site.ApplyAsync(admin, Site.CartService));

        var response = await admin.PostAsJsonAsync(path, body, Token);

        var problem = await Site.ProblemAsync(response);
        Assert.Equal((status, code), (response.StatusCode, problem.Code));
        Assert.Contains(hint, problem.Hint, StringComparison.Ordinal);
    }

    [Fact]
    public async Task What_is_not_there_to_be_explained_is_answered_with_what_may_have_been_meant()
    {
        await using var site = await Site.StartAsync();
        var admin = site.Admin();
        await Site.ReadAsync<ApplyResult>(await Site.ApplyAsync(admin, Site.CartService));

        var service = await Site.ProblemAsync(await admin.GetAsync("/v1/explain/cart", Token));
        var instance = await Site.ProblemAsync(await admin.GetAsync("/v1/instances/cart.prod.1/explain", Token));

        Assert.Equal("deployment_unknown", service.Code);
        Assert.Contains("Nothing of cart is deployed yet.", service.Hint, StringComparison.Ordinal);
        Assert.Equal("instance_unknown", instance.Code);
    }

    [Theory]
    [InlineData(3, "second")]
    [InlineData(7, "third")]
    [InlineData(9, "")]
    public async Task The_journal_is_searched_for_the_decision_that_placed_an_instance(long number, string told)
    {
        await using var bench = await OpenAsync();
        var lease = await Leases.AcquireAsync(bench.Database, "default", "a", TimeSpan.FromMinutes(1), Token);
        var (noon, one) = (new DateTimeOffset(2026, 3, 1, 12, 0, 0, TimeSpan.Zero), TimeSpan.FromSeconds(1));
        await using (var unit = await bench.Database.BeginAsync(lease!, Token))
        {
            JournalEntry[] entries =
            [
                .. Enumerable.Range(1, 700).Select(at => Entry(noon - (one * (800 - at)), "host.lost", "h1", "first")),
                Entry(noon, "instance.placed", "cart.prod.3", "second"),
                Entry(noon, "instances.placed", "cart.prod", "1.0.0, 4 instances, cart.prod.4 to 7, third"),
                Entry(noon + one, "instance.placed", "cart.prod.8", "too late"),
            ];
            await Journal.AppendAsync(unit, entries, Token);
            await unit.CommitAsync(Token);
        }

        var found = await PlacementHistory.FindAsync(bench.Database, "default", AnInstance(number, noon), Token);

        Assert.EndsWith(told, found?.Reason ?? "", StringComparison.Ordinal);
        Assert.Equal(told.Length == 0, found is null);
    }

    private static JournalEntry Entry(DateTimeOffset at, string action, string subject, string reason) =>
        new(at, "conductor", action, subject, reason);

    private static Instance AnInstance(long number, DateTimeOffset placedAt)
    {
        var (service, stage) = (ServiceName.Parse("cart"), StageName.Parse("prod"));
        return new Instance
        {
            Id = InstanceId.Of(service, stage, number),
            Service = service,
            Stage = stage,
            Version = SemanticVersion.Parse("1.0.0"),
            Host = HostId.Parse("h1"),
            Generation = 1,
            Demand = default,
            Phase = new InstancePhase.Active(),
            Observed = Observation.None,
            PlacedAt = placedAt,
        };
    }
}
