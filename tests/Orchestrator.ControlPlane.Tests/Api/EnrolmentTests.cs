using System.Net;
using System.Net.Http.Json;
using Orchestrator.Contracts.Http;
using Orchestrator.ControlPlane.Enrolling;
using Orchestrator.Storage;
using static Orchestrator.ControlPlane.Tests.Workbench;

namespace Orchestrator.ControlPlane.Tests.Api;

public sealed class EnrolmentTests
{
    private const string JoinPath = "/v1/hosts/join";
    private const string TokensPath = "/v1/hosts/tokens";

    [Fact]
    public async Task A_join_answers_a_user_of_the_hosts_own_and_where_everything_is()
    {
        await using var management = await FakeManagement.StartAsync();
        await using var site = await Site.StartAsync(management.Options, isEmbedded: false);
        var created = await CreateAsync(await site.ClientAsync("operator"), new HostTokenRequest { Host = "h1" });

        var answer = await Site.ReadAsync<JoinAnswer>(await JoinAsync(site, created.Token, "h1"));

        Assert.Equal(
            ("h1", "default", "broker.example", 5671, "/", "orc-host-h1", "http://gateway.example:7480"),
            (
                answer.Host,
                answer.Cell,
                answer.BrokerHost,
                answer.BrokerPort,
                answer.VirtualHost,
                answer.User,
                answer.GatewayUrl
            )
        );
        Assert.Equal(43, answer.Password.Length);
        Assert.Equal(3, management.Asked.Count);
        Assert.StartsWith("DELETE /api/users/orc-host-h1", management.Asked[0], StringComparison.Ordinal);
        Assert.Contains(answer.Password, management.Asked[1], StringComparison.Ordinal);
        Assert.Contains("\"tags\":\"\"", management.Asked[1], StringComparison.Ordinal);
        Assert.StartsWith("PUT /api/permissions/%2F/orc-host-h1", management.Asked[2], StringComparison.Ordinal);
    }

    [Fact]
    public async Task Whatever_is_wrong_with_a_token_the_answer_is_the_same()
    {
        await using var management = await FakeManagement.StartAsync();
        await using var site = await Site.StartAsync(management.Options, isEmbedded: false);
        var ana = await site.ClientAsync("operator");
        var used = await CreateAsync(ana, new HostTokenRequest());
        await JoinAsync(site, used.Token, "h9");
        var revoked = await CreateAsync(ana, new HostTokenRequest());
        await ana.DeleteAsync($"{TokensPath}/{revoked.Id}", Token);
        var ofAnother = await CreateAsync(ana, new HostTokenRequest { Host = "h2" });
        var past = DateTimeOffset.UtcNow.AddHours(-2);
        var expired = new HostToken("old", Host: null, "ana", past, past.AddHours(1));
        await HostTokens.AddAsync(site.Database, "default", expired, Tokens.HashOf("orcjoin_old"), Token);

        var answers = new List<string>();
        foreach (
            var token in (string[])
                [used.Token, revoked.Token, ofAnother.Token, "orcjoin_old", "orcjoin_none", "", site.AdminToken()]
        )
        {
            var answer = await JoinAsync(site, token, "h1");
            Assert.Equal(HttpStatusCode.Unauthorized, answer.StatusCode);
            answers.Add(await answer.Content.ReadAsStringAsync(Token));
        }

        Assert.Single(answers.Distinct(StringComparer.Ordinal));
        Assert.Equal(HttpStatusCode.OK, (await JoinAsync(site, ofAnother.Token, "h2")).StatusCode);
    }

    [Fact]
    public async Task Of_two_joins_that_race_exactly_one_wins()
    {
        await using var management = await FakeManagement.StartAsync();
        await using var site = await Site.StartAsync(management.Options, isEmbedded: false);
        var created = await CreateAsync(site.Admin(), new HostTokenRequest());

        var answers = await Task.WhenAll(
            Enumerable.Range(1, 6).Select(host => JoinAsync(site, created.Token, $"h{host}"))
        );

        Assert.Single(answers, answer => answer.StatusCode == HttpStatusCode.OK);
        Assert.Equal(5, answers.Count(answer => answer.StatusCode == HttpStatusCode.Unauthorized));
    }

    [Fact]
    public async Task A_join_that_fails_at_the_broker_leaves_the_token_good()
    {
        await using var management = await FakeManagement.StartAsync();
        await using var site = await Site.StartAsync(management.Options, isEmbedded: false);
        var created = await CreateAsync(site.Admin(), new HostTokenRequest());
        management.Works = false;

        var failed = await JoinAsync(site, created.Token, "h1");
        management.Works = true;
        var joined = await JoinAsync(site, created.Token, "h1");

        Assert.Equal("broker_unavailable", (await Site.ProblemAsync(failed)).Code);
        Assert.Equal(HttpStatusCode.OK, joined.StatusCode);
    }

    [Fact]
    public async Task A_name_that_is_taken_needs_a_token_that_names_it()
    {
        await using var management = await FakeManagement.StartAsync();
        await using var site = await Site.StartAsync(management.Options, isEmbedded: false);
        var admin = site.Admin();
        await JoinAsync(site, (await CreateAsync(admin, new HostTokenRequest())).Token, "h1");
        var other = await CreateAsync(admin, new HostTokenRequest());

        var taken = await JoinAsync(site, other.Token, "h1");
        var named = await JoinAsync(site, (await CreateAsync(admin, new HostTokenRequest { Host = "h1" })).Token, "h1");
        var free = await JoinAsync(site, other.Token, "h2");

        Assert.Equal("host_exists", (await Site.ProblemAsync(taken)).Code);
        Assert.Equal(HttpStatusCode.OK, named.StatusCode);
        Assert.Equal(HttpStatusCode.OK, free.StatusCode);
    }

    [Fact]
    public async Task A_forgotten_host_loses_its_user_and_one_that_never_joined_is_not_there()
    {
        await using var management = await FakeManagement.StartAsync();
        await using var site = await Site.StartAsync(management.Options, isEmbedded: false);
        var admin = site.Admin();
        await JoinAsync(site, (await CreateAsync(admin, new HostTokenRequest())).Token, "h1");

        var forgotten = await admin.PostAsync("/v1/hosts/h1/forget", content: null, Token);
        var again = await admin.PostAsync("/v1/hosts/h1/forget", content: null, Token);

        Assert.Equal(HttpStatusCode.OK, forgotten.StatusCode);
        Assert.Equal(HttpStatusCode.NotFound, again.StatusCode);
        Assert.Equal(4, management.Asked.Count);
        Assert.StartsWith("DELETE /api/users/orc-host-h1", management.Asked[3], StringComparison.Ordinal);
    }

    [Fact]
    public async Task The_journal_says_who_let_in_whom_and_no_secret()
    {
        await using var management = await FakeManagement.StartAsync();
        await using var site = await Site.StartAsync(management.Options, isEmbedded: false);
        var admin = site.Admin();
        var revoked = await CreateAsync(admin, new HostTokenRequest());
        await admin.DeleteAsync($"{TokensPath}/{revoked.Id}", Token);
        var created = await CreateAsync(admin, new HostTokenRequest { Host = "h1" });
        var joined = await Site.ReadAsync<JoinAnswer>(await JoinAsync(site, created.Token, "h1"));
        await admin.PostAsync("/v1/hosts/h1/forget", content: null, Token);

        var text = await admin.GetStringAsync("/v1/journal", Token);
        var page = await Site.ReadAsync<Page<JournalView>>(await admin.GetAsync("/v1/journal", Token));

        Assert.Equal(
            [
                $"admin host-token.created any host token {revoked.Id}",
                $"admin host-token.revoked any host token {revoked.Id}",
                $"admin host-token.created h1 token {created.Id}",
                $"h1 host.enrolled h1 by token {created.Id}",
                "admin host.forgotten h1 ",
            ],
            page.Items.Select(entry => $"{entry.Actor} {entry.Action} {entry.Subject} {entry.Reason}")
        );
        Assert.DoesNotContain(created.Token, text, StringComparison.Ordinal);
        Assert.DoesNotContain(joined.Password, text, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(59, "h1", "invalid_ttl")]
    [InlineData(86_401, "h1", "invalid_ttl")]
    [InlineData(60, "H1", "invalid_host")]
    [InlineData(60, "", "invalid_host")]
    [InlineData(60, "tokens", "invalid_host")]
    [InlineData(60, "a.b", "invalid_host")]
    public async Task A_token_for_what_cannot_be_is_refused(long seconds, string host, string code)
    {
        await using var management = await FakeManagement.StartAsync();
        await using var site = await Site.StartAsync(management.Options, isEmbedded: false);

        var answer = await site.Admin()
            .PostAsJsonAsync(TokensPath, new HostTokenRequest { Host = host, TtlSeconds = seconds }, Token);

        Assert.Equal(code, (await Site.ProblemAsync(answer)).Code);
    }

    [Theory]
    [InlineData(true, "bus_in_memory", "in memory")]
    [InlineData(false, "enrolment_unconfigured", "ORC_Enrolment__ManagementUrl")]
    public async Task Where_no_host_can_join_it_is_said_what_is_needed(bool isEmbedded, string code, string said)
    {
        await using var site = await Site.StartAsync(new EnrolmentOptions(), isEmbedded);

        var created = await Site.ProblemAsync(await site.Admin().PostAsync(TokensPath, content: null, Token));
        var joined = await Site.ProblemAsync(await JoinAsync(site, "orcjoin_none", "h1"));

        Assert.Equal((code, code), (created.Code, joined.Code));
        Assert.Contains(said, joined.Title + joined.Hint, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Who_joins_too_often_is_asked_to_wait()
    {
        await using var site = await Site.StartAsync();
        var codes = new List<HttpStatusCode>();
        HttpResponseMessage last;
        do
        {
            last = await JoinAsync(site, "", "h1");
            codes.Add(last.StatusCode);
        } while (last.StatusCode == HttpStatusCode.Unauthorized && codes.Count < 200);

        Assert.Equal("too_many_requests", (await Site.ProblemAsync(last)).Code);
        Assert.InRange(codes.Count, 61, 121); // A minute may have begun anew in between.
        Assert.Equal(HttpStatusCode.OK, (await site.Admin().GetAsync("/v1/hosts", Token)).StatusCode);
    }

    [Fact]
    public async Task Open_tokens_are_listed_for_operators_without_their_secrets()
    {
        await using var management = await FakeManagement.StartAsync();
        await using var site = await Site.StartAsync(management.Options, isEmbedded: false);
        var created = await CreateAsync(site.Admin(), new HostTokenRequest { Host = "h1", TtlSeconds = 600 });

        var text = await (await site.ClientAsync("operator")).GetStringAsync(TokensPath, Token);
        var refused = await (await site.ClientAsync("viewer")).GetAsync(TokensPath, Token);

        Assert.Contains(created.Id, text, StringComparison.Ordinal);
        Assert.DoesNotContain(created.Token, text, StringComparison.Ordinal);
        Assert.DoesNotContain(Tokens.HashOf(created.Token), text, StringComparison.Ordinal);
        Assert.Equal(HttpStatusCode.Forbidden, refused.StatusCode);
        Assert.InRange(created.ExpiresAt - DateTimeOffset.UtcNow, TimeSpan.FromMinutes(8), TimeSpan.FromMinutes(10));
    }

    private static async Task<HostTokenCreated> CreateAsync(HttpClient client, HostTokenRequest request) =>
        await Site.ReadAsync<HostTokenCreated>(await client.PostAsJsonAsync(TokensPath, request, Token));

    private static async Task<HttpResponseMessage> JoinAsync(Site site, string token, string host)
    {
        var client = site.Anybody();
        if (token.Length > 0)
        {
            client.DefaultRequestHeaders.Authorization = new("Bearer", token);
        }

        return await client.PostAsJsonAsync(JoinPath, new JoinRequest { Host = host }, Token);
    }
}
