using System.Net;
using System.Net.Http.Json;
using Orchestrator.Contracts.Http;
using static Orchestrator.ControlPlane.Tests.Workbench;

namespace Orchestrator.ControlPlane.Tests.Api;

public sealed class EvidenceTests
{
    private const string Samples = "/v1/rollouts/cart/1/prod/samples";
    private const string Line = """
        apiVersion: orchestrator/v1
        kind: Line
        metadata: {service: cart}
        spec:
          timetable: {cron: 0 0 4 1 1 ?, zone: UTC}
          route: [{stage: prod, count: 1}]
        """;

    private static readonly DateTimeOffset Noon = new(2026, 5, 4, 12, 0, 0, TimeSpan.Zero);

    [Fact]
    public async Task Samples_are_taken_from_operators_and_from_samplers_of_the_team()
    {
        await using var site = await Site.StartAsync();
        await Site.ReadAsync<ApplyResult>(await Site.ApplyAsync(site.Admin(), $"{Site.CartService}\n---\n{Line}"));
        foreach (var role in (string[])["viewer", "publisher:shop", "sampler:other"])
        {
            var refused = await (await site.ClientAsync(role)).PostAsJsonAsync(Samples, ASample(), Token);
            Assert.Equal(HttpStatusCode.Forbidden, refused.StatusCode);
            Assert.Contains("sampler:shop", (await Site.ProblemAsync(refused)).Title, StringComparison.Ordinal);
        }

        foreach (var role in (string[])["operator", "sampler:shop", "admin"])
        {
            var answer = await (await site.ClientAsync(role)).PostAsJsonAsync(Samples, ASample(), Token);
            Assert.Equal("rollout_unknown", (await Site.ProblemAsync(answer)).Code);
        }
    }

    [Fact]
    public async Task A_sample_that_is_half_a_share_and_half_a_level_is_refused()
    {
        await using var site = await Site.StartAsync();
        await Site.ReadAsync<ApplyResult>(await Site.ApplyAsync(site.Admin(), $"{Site.CartService}\n---\n{Line}"));
        var share = new ArmSample { Total = 10, Hits = 1 };
        (ArmSample Canary, ArmSample Control)[] unclear =
        [
            (new ArmSample(), share),
            (share, new ArmSample { Value = 1 }),
            (share with { Value = 1 }, share),
            (share with { Hits = null }, share),
        ];
        foreach (var (canary, control) in unclear)
        {
            var answer = await site.Admin()
                .PostAsJsonAsync(Samples, ASample() with { Canary = canary, Control = control }, Token);
            Assert.Equal("sample_unclear", (await Site.ProblemAsync(answer)).Code);
        }

        Assert.Equal(
            HttpStatusCode.NotFound,
            (await site.Admin().PostAsJsonAsync("/v1/rollouts/other/1/prod/samples", ASample(), Token)).StatusCode
        );
        Assert.Equal(
            HttpStatusCode.NotFound,
            (await site.Admin().GetAsync("/v1/rollouts/cart/1/prod/judgements", Token)).StatusCode
        );
    }

    private static SampleRequest ASample() =>
        new()
        {
            Metric = "lost",
            From = Noon,
            To = Noon.AddSeconds(1),
            Canary = new ArmSample { Total = 10, Hits = 1 },
            Control = new ArmSample { Total = 90, Hits = 1 },
        };
}
