using System.Net;
using System.Net.Http.Json;
using Orchestrator.Contracts.Http;
using static Orchestrator.ControlPlane.Tests.Workbench;

namespace Orchestrator.ControlPlane.Tests.Api;

public sealed class DelegationTests
{
    [Fact]
    public async Task A_member_delegates_to_somebody_there_is_and_takes_it_back()
    {
        await using var site = await Site.StartAsync();
        var member = await site.ClientAsync("group:payments");
        var other = await site.ClientAsync("viewer");
        var name = (await Site.ReadAsync<WhoAmI>(await other.GetAsync("/v1/whoami", Token))).Name;

        var created = await Site.ReadAsync<ActionResult>(await PostAsync(member, name, group: "payments"));
        var listed = await Site.ReadAsync<Page<DelegationView>>(await other.GetAsync("/v1/delegations", Token));
        var chain = await Site.ProblemAsync(await PostAsync(other, name, group: "payments"));
        var stranger = await (await site.ClientAsync("operator")).PostAsync(
            $"/v1/delegations/{created.Subject}/revoke",
            content: null,
            Token
        );
        await Site.ReadAsync<ActionResult>(
            await member.PostAsync($"/v1/delegations/{created.Subject}/revoke", content: null, Token)
        );
        var after = await Site.ReadAsync<Page<DelegationView>>(await other.GetAsync("/v1/delegations", Token));

        Assert.Equal((name, "payments", "open"), Of(Assert.Single(listed.Items)));
        Assert.Equal("delegation_chain", chain.Code);
        Assert.Equal(HttpStatusCode.Forbidden, stranger.StatusCode);
        Assert.Equal((name, "payments", "revoked"), Of(Assert.Single(after.Items)));
    }

    [Fact]
    public async Task What_makes_no_sense_is_refused_with_what_to_do()
    {
        await using var site = await Site.StartAsync();
        var member = await site.ClientAsync("group:payments", "approver:prod");

        var nobody = await Site.ProblemAsync(await PostAsync(member, "nobody", group: "payments"));
        var both = await Site.ProblemAsync(await PostAsync(member, "admin", group: "payments", stage: "prod"));
        var neither = await Site.ProblemAsync(await PostAsync(member, "admin"));
        var notMine = await Site.ProblemAsync(await PostAsync(member, "admin", group: "shipping"));
        var otherStage = await Site.ProblemAsync(await PostAsync(member, "admin", stage: "staging"));
        var tooLong = await Site.ProblemAsync(await PostAsync(member, "admin", stage: "prod", days: 31));

        Assert.Equal("person_unknown", nobody.Code);
        Assert.Equal("scope_unclear", both.Code);
        Assert.Equal("scope_unclear", neither.Code);
        Assert.Equal("role_missing", notMine.Code);
        Assert.Equal("role_missing", otherStage.Code);
        Assert.Equal("out_of_range", tooLong.Code);
    }

    private static (string To, string Group, string State) Of(DelegationView view) => (view.To, view.Group, view.State);

    private static Task<HttpResponseMessage> PostAsync(
        HttpClient client,
        string to,
        string? group = null,
        string? stage = null,
        int days = 1
    ) =>
        client.PostAsJsonAsync(
            "/v1/delegations",
            new DelegationRequest
            {
                To = to,
                Group = group,
                Stage = stage,
                Until = DateTimeOffset.UtcNow.AddDays(days),
                Reason = "away",
            },
            Token
        );
}
