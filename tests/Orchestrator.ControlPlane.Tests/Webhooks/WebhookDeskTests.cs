using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Time.Testing;
using Orchestrator.ControlPlane.Conducting;
using Orchestrator.ControlPlane.Webhooks;
using Orchestrator.Core;
using Orchestrator.Core.Catalog;
using Orchestrator.Core.Reconciliation;
using Orchestrator.Core.Rollouts;
using Orchestrator.Storage;
using Orchestrator.Tests.Shared;
using static Orchestrator.ControlPlane.Tests.Workbench;

namespace Orchestrator.ControlPlane.Tests.Webhooks;

public sealed class WebhookDeskTests
{
    private const string Allow = """{"allow": true, "reason": "all well"}""";
    private static readonly DateTimeOffset Noon = new(2026, 5, 4, 12, 0, 0, TimeSpan.Zero);

    [Fact]
    public async Task What_is_about_to_happen_is_told_and_an_answer_opens()
    {
        await using var server = await GateServer.StartAsync(200, Allow);
        await using var stand = await Stand.OpenAsync(("load-test", server.Url));

        await stand.PassUntilAsync(() => stand.State("cart/2/prod") is { IsOpen: true });

        var delivered = Assert.Single(server.Deliveries);
        Assert.True(delivered.IsSigned);
        Assert.Matches("^msg_[0-9a-f]{32}$", delivered.Id);
        Assert.Equal(
            """{"webhook":"load-test","before":"promotion","rollout":"cart/2/prod","service":"cart","stage":"prod","""
                + """ "from":"1.0.0","to":"1.1.0","consistHash":"sha256:c","publishedBy":"dev","question":1,"attempt":1}""".TrimStart(),
            delivered.Data.GetRawText()
        );
        Assert.Equal(new WebhookAnswer.Allowed("all well"), stand.State("cart/2/prod")!.Answer);
    }

    [Fact]
    public async Task Who_fails_is_asked_again_with_the_same_id_and_who_refused_with_another()
    {
        var answers = new Queue<(int Status, string Body)>([
            (500, ""),
            (202, ""),
            (200, """{"allow": false}"""),
            (200, Allow),
        ]);
        await using var server = await GateServer.StartAsync(context =>
        {
            var (status, body) = answers.Dequeue();
            context.Response.StatusCode = status;
            return context.Response.WriteAsync(body, context.RequestAborted);
        });
        await using var stand = await Stand.OpenAsync(("load-test", server.Url));

        await stand.PassUntilAsync(() => stand.State("cart/2/prod") is { IsOpen: true });

        var ids = server.Deliveries.Select(each => each.Id).ToList();
        Assert.Equal(4, ids.Count);
        Assert.Equal(ids[0], ids[1]);
        Assert.Equal(ids[0], ids[2]);
        Assert.NotEqual(ids[0], ids[3]);
        Assert.All(server.Deliveries, each => Assert.True(each.IsSigned));
        Assert.Equal([1, 2, 3, 4], server.Deliveries.Select(each => each.Data.GetProperty("attempt").GetInt32()));
    }

    [Fact]
    public async Task A_webhook_that_hangs_holds_up_no_other()
    {
        await using var hanging = await GateServer.StartAsync(context =>
            Task.Delay(Timeout.InfiniteTimeSpan, context.RequestAborted)
        );
        await using var server = await GateServer.StartAsync(200, Allow);
        await using var stand = await Stand.OpenAsync(("tickets", server.Url), ("load-test", hanging.Url));

        await stand.PassUntilAsync(() =>
            Enumerable.Range(2, 12).All(number => stand.State($"cart/{number}/prod", "tickets") is { IsOpen: true })
        );

        Assert.Equal(8, hanging.Deliveries.Count);
        Assert.All(Enumerable.Range(2, 12), number => Assert.Null(stand.State($"cart/{number}/prod", "load-test")));
    }

    [Fact]
    public async Task A_webhook_that_nobody_knows_holds_and_says_so()
    {
        await using var stand = await Stand.OpenAsync();

        await stand.PassUntilAsync(() => stand.State("cart/2/prod") is not null);

        Assert.Equal(
            new WebhookAnswer.Failed("the control plane knows no webhook of that name"),
            stand.State("cart/2/prod")!.Answer
        );
        Assert.IsType<RolloutPhase.Held>(stand.Rollout("cart/2/prod").Phase);
    }

    [Fact]
    public async Task A_server_that_dies_and_comes_back_and_a_new_leader_ask_the_same_question()
    {
        var isDead = true;
        await using var server = await GateServer.StartAsync(context =>
        {
            if (isDead)
            {
                context.Abort();
                return Task.CompletedTask;
            }

            return context.Response.WriteAsync(Allow, context.RequestAborted);
        });
        await using var bench = await OpenAsync();
        await using (var first = await Stand.OpenAsync(bench, "replica-a", ("load-test", server.Url)))
        {
            await first.PassUntilAsync(() => first.State("cart/2/prod") is { Failures: >= 2 });
            Assert.Equal(new WebhookAnswer.Failed("its answer breaks off"), first.State("cart/2/prod")!.Answer);
        }

        isDead = false;
        await using var second = await Stand.OpenAsync(bench, "replica-b", ("load-test", server.Url));
        await second.PassUntilAsync(() => second.State("cart/2/prod") is { IsOpen: true });

        Assert.Single(server.Deliveries.Select(each => each.Id).Distinct(StringComparer.Ordinal));
    }

    /// <summary>A leader with rollouts that wait for two webhooks, and a desk that asks.</summary>
    private sealed class Stand : IAsyncDisposable
    {
        private readonly Workbench? _own;
        private readonly Conductor _conductor;
        private readonly FakeTimeProvider _clock;
        private readonly WebhookDesk _desk;
        private readonly CancellationTokenSource _over;
        private readonly Task _asking;

        private Stand(Workbench? own, Conductor conductor, FakeTimeProvider clock, WebhookDesk desk)
        {
            (_own, _conductor, _clock, _desk) = (own, conductor, clock, desk);
            _over = CancellationTokenSource.CreateLinkedTokenSource(Token);
            _asking = desk.RunAsync(_over.Token);
        }

        public static async Task<Stand> OpenAsync(params (string Name, string Url)[] webhooks)
        {
            var bench = await Workbench.OpenAsync();
            return await OpenAsync(bench, bench, "replica-a", webhooks);
        }

        public static Task<Stand> OpenAsync(
            Workbench bench,
            string replica,
            params (string Name, string Url)[] webhooks
        ) => OpenAsync(own: null, bench, replica, webhooks);

        public Rollout Rollout(string id) => _conductor.Current.Cell.Rollouts[RolloutId.Parse(id)];

        public WebhookState? State(string id, string webhook = "load-test") =>
            Rollout(id).Webhooks.FirstOrDefault(state => state.Name == webhook);

        public Task PassUntilAsync(Func<bool> isTrue) =>
            UntilAsync(() =>
            {
                _clock.Advance(TimeSpan.FromMilliseconds(200));
                return isTrue();
            });

        public async ValueTask DisposeAsync()
        {
            await _over.CancelAsync();
            await _asking.ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            _over.Dispose();
            _desk.Dispose();
            await _conductor.StopAsync(Token);
            if (_own is not null)
            {
                await _own.DisposeAsync();
            }
        }

        private static async Task<Stand> OpenAsync(
            Workbench? own,
            Workbench bench,
            string replica,
            (string Name, string Url)[] webhooks
        )
        {
            var clock = new FakeTimeProvider(Noon);
            if (replica == "replica-a")
            {
                await SaveAsync(bench, webhooks.Length > 1 ? 12 : 1, webhooks.Length > 1);
            }

            var conductor = await bench.ALeaderAsync(clock, replica);
            var options = webhooks.Select(each =>
                KeyValuePair.Create(each.Name, new WebhookOptions { Url = each.Url, Key = GateServer.Key })
            );
            return new Stand(own, conductor, clock, new WebhookDesk(options, "default", conductor, clock));
        }

        private static async Task SaveAsync(Workbench bench, int rollouts, bool hasTickets)
        {
            var lease = (await Leases.AcquireAsync(bench.Database, "default", "before", TimeSpan.FromHours(1), Token))!;
            await using (var unit = await bench.Database.BeginAsync(lease, Token))
            {
                var waiting = Enumerable.Range(2, rollouts).Select(number => ARollout(number, hasTickets));
                await CellStore.SaveAsync(unit, ChangesOf([.. waiting]), Token);
                await unit.CommitAsync(Token);
            }

            await Leases.ReleaseAsync(bench.Database, lease, Token);
        }

        private static Rollout ARollout(int number, bool hasTickets)
        {
            var usual = LineOf("cart", "0 0 0 1 1 ?", "UTC").Route[0];
            // A minute, so that who hangs is still waited for when the test ends.
            var gate = new WebhookGate("load-test", ApprovalPoint.Promotion) { Timeout = TimeSpan.FromMinutes(1) };
            return new Rollout
            {
                Id = RolloutId.Parse($"cart/{number}/prod"),
                Service = ServiceName.Parse("cart"),
                Stage = usual with { Webhooks = hasTickets ? [gate, gate with { Name = "tickets" }] : [gate] },
                From = SemanticVersion.Parse("1.0.0"),
                To = SemanticVersion.Parse("1.1.0"),
                PublishedBy = "dev",
                ConsistHash = "sha256:c",
                Phase = new RolloutPhase.Held(new RolloutPhase.AwaitingWebhooks(ApprovalPoint.Promotion), "asks"),
                Approval = null,
                Verdict = null,
                UnreadySince = null,
                PlannedAt = Noon,
                EndedAt = null,
            };
        }

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

        private static CellChanges ChangesOf(Rollout[] rollouts) =>
            Changes.None with
            {
                Versions = [VersionOf(rollouts[0], rollouts[0].From!), VersionOf(rollouts[0], rollouts[0].To)],
                Rollouts = [.. rollouts],
            };
    }
}
