using System.Net;
using System.Net.Http.Json;
using System.Text.RegularExpressions;
using Orchestrator.Contracts.Http;
using Orchestrator.ControlPlane.Auth;
using Orchestrator.Core.Rollouts;
using static Orchestrator.ControlPlane.Tests.Workbench;

namespace Orchestrator.ControlPlane.Tests.Pages;

/// <summary>The page that approves, by a real server, as a browser without scripts sees it.</summary>
public sealed partial class ApprovalPageTests
{
    private const string Line = """
        apiVersion: orchestrator/v1
        kind: Line
        metadata: {service: cart}
        spec:
          timetable: {cron: 0 0 4 1 1 ?, zone: UTC}
          route: [{stage: prod, count: 1, approval: {before: stage, count: 2}}]
        """;

    [Fact]
    public async Task Who_may_approve_is_led_to_what_waits_and_approves_what_was_shown()
    {
        await using var site = await WaitingSiteAsync();
        var browser = await SignedInAsync(site, "approver:prod");

        var html = await browser.Client.GetStringAsync(browser.Desk, Token);
        var done = await PostAsync(browser, html, "approve", "looks <b>good</b>");
        var said = await done.Content.ReadAsStringAsync(Token);

        Assert.StartsWith("/approvals/", browser.Desk, StringComparison.Ordinal);
        Assert.Contains("first version", html, StringComparison.Ordinal);
        Assert.Contains(Rollout(site).ConsistHash, html, StringComparison.Ordinal);
        Assert.Equal(HttpStatusCode.OK, done.StatusCode);
        Assert.Contains("1 more must approve it.", said, StringComparison.Ordinal);
        Assert.Contains("You have approved it", said, StringComparison.Ordinal);
        Assert.DoesNotContain("<b>good</b>", said, StringComparison.Ordinal);
        var given = Assert.Single(Rollout(site).Approvals);
        Assert.Equal(("looks <b>good</b>", Rollout(site).ConsistHash), (given.Reason, given.ConsistHash));
        Assert.Contains("frame-ancestors 'none'", Header(done, "Content-Security-Policy"), StringComparison.Ordinal);
        Assert.Equal("no-referrer", Header(done, "Referrer-Policy"));
    }

    [Fact]
    public async Task A_rejection_ends_the_rollout_with_its_reason()
    {
        await using var site = await WaitingSiteAsync();
        var browser = await SignedInAsync(site, "approver:prod");

        await PostAsync(browser, await browser.Client.GetStringAsync(browser.Desk, Token), "reject", "not today");

        Assert.EndsWith(
            ": not today",
            Assert.IsType<RolloutPhase.Cancelled>(Rollout(site).Phase).Reason,
            StringComparison.Ordinal
        );
    }

    [Theory]
    [InlineData("approve", " ", null, HttpStatusCode.UnprocessableEntity, "say why")]
    [InlineData("perhaps", "why", null, HttpStatusCode.BadRequest, "not whole")]
    [InlineData("approve", "why", "sha256:other", HttpStatusCode.Conflict, "what you saw was sha256:other")]
    [InlineData("reject", "why", "sha256:other", HttpStatusCode.Conflict, "what you saw was sha256:other")]
    public async Task What_is_not_whole_or_not_what_was_shown_changes_nothing_and_says_so(
        string decision,
        string reason,
        string? consist,
        HttpStatusCode status,
        string said
    )
    {
        await using var site = await WaitingSiteAsync();
        var browser = await SignedInAsync(site, "approver:prod");

        var html = await browser.Client.GetStringAsync(browser.Desk, Token);
        var refused = await PostAsync(browser, html, decision, reason, consist);

        Assert.Equal(status, refused.StatusCode);
        Assert.Contains(said, await refused.Content.ReadAsStringAsync(Token), StringComparison.Ordinal);
        Assert.Empty(Rollout(site).Approvals);
        Assert.IsType<RolloutPhase.AwaitingApproval>(Rollout(site).Phase);
    }

    [Fact]
    public async Task A_form_from_elsewhere_and_one_of_another_sign_in_decide_nothing()
    {
        await using var site = await WaitingSiteAsync();
        var browser = await SignedInAsync(site, "approver:prod");
        var other = await SignedInAsync(site, "approver:prod");
        var viewer = await SignedInAsync(site, "viewer");

        var html = await browser.Client.GetStringAsync(browser.Desk, Token);
        var forged = await PostAsync(browser, html, "approve", "why", withProof: false);
        var byCookieOnly = await browser.Client.GetAsync("/approvals/guessed", Token);
        var otherSession = await other.Client.GetAsync(browser.Desk, Token);
        var noSession = await site.Anybody().GetAsync(browser.Desk, Token);

        Assert.Equal("/", viewer.Desk);
        Assert.Equal(HttpStatusCode.BadRequest, forged.StatusCode);
        Assert.Equal("/sign-in", byCookieOnly.Headers.Location?.ToString());
        Assert.Equal("/sign-in", otherSession.Headers.Location?.ToString());
        Assert.Equal(HttpStatusCode.Unauthorized, noSession.StatusCode);
        Assert.Empty(Rollout(site).Approvals);
    }

    [Fact]
    public async Task Who_may_not_approve_at_the_stage_sees_nothing_and_a_form_of_theirs_is_refused()
    {
        await using var site = await WaitingSiteAsync();
        var browser = await SignedInAsync(site, "approver:prod");
        var stranger = await SignedInAsync(site, "approver:staging");

        var html = await stranger.Client.GetStringAsync(stranger.Desk, Token);
        var form = await browser.Client.GetStringAsync(browser.Desk, Token);
        var publisher = await SignedInAsync(site, site.AdminToken());
        var own = await publisher.Client.GetStringAsync(publisher.Desk, Token);

        Assert.Contains("Nothing waits for your approval", html, StringComparison.Ordinal);
        Assert.Contains("value=\"approve\"", form, StringComparison.Ordinal);
        Assert.DoesNotContain("value=\"approve\"", own, StringComparison.Ordinal);
        Assert.Contains("wants another person", own, StringComparison.Ordinal);
    }

    private static Rollout Rollout(Site site) => site.Conductor.Current.Cell.Rollouts.Values.Single();

    private static string Header(HttpResponseMessage response, string name) =>
        response.Headers.GetValues(name).Single();

    /// <summary>A first version that waits at prod for two people, published by the admin.</summary>
    private static async Task<Site> WaitingSiteAsync()
    {
        var site = await Site.StartAsync();
        var pool = "apiVersion: orchestrator/v1\nkind: Pool\nmetadata: {name: default}\nspec: {}\n";
        await Site.ReadAsync<ApplyResult>(
            await Site.ApplyAsync(site.Admin(), string.Join("\n---\n", pool, Site.CartService, Site.CartVersion, Line))
        );
        await Site.ReadAsync<ActionResult>(
            await site.Admin().PostAsJsonAsync("/v1/services/cart/versions/1.0.0/express", new { reason = "go" }, Token)
        );
        await UntilAsync(() =>
            site.Conductor.Current.Cell.Rollouts.Values.Any(each => each.Phase is RolloutPhase.AwaitingApproval)
        );
        return site;
    }

    /// <param name="roleOrToken">A role for a new token, or a token.</param>
    private static async Task<Browser> SignedInAsync(Site site, string roleOrToken)
    {
        var token = roleOrToken.StartsWith("orc_", StringComparison.Ordinal)
            ? roleOrToken
            : await site.TokenAsync(roleOrToken);
        var client = site.Anybody();
        using var request = new HttpRequestMessage(HttpMethod.Post, "/v1/sign-in-links");
        request.Headers.Add("Authorization", $"Bearer {token}");
        var link = await Site.ReadAsync<SignInLink>(await client.SendAsync(request, Token));
        var entered = await client.GetAsync(link.Url, Token);
        var cookie = entered.Headers.GetValues("Set-Cookie").Single().Split(';')[0];
        Assert.StartsWith(SignIns.CookieName, cookie, StringComparison.Ordinal);
        var browser = site.Anybody();
        browser.DefaultRequestHeaders.Add("Cookie", cookie);
        return new Browser(browser, entered.Headers.Location!.ToString(), cookie);
    }

    private static async Task<HttpResponseMessage> PostAsync(
        Browser browser,
        string html,
        string decision,
        string reason,
        string? consist = null,
        bool withProof = true
    )
    {
        // As a browser does: the page is loaded for its proof, whose other half comes as a cookie.
        using var page = await browser.Client.GetAsync(browser.Desk, Token);
        var proofCookie = page.Headers.GetValues("Set-Cookie").Single().Split(';')[0];
        var fields = Hidden()
            .Matches(await page.Content.ReadAsStringAsync(Token))
            .ToDictionary(field => field.Groups["name"].Value, field => field.Groups["value"].Value);
        Assert.NotEmpty(Hidden().Matches(html));
        fields["Decision"] = decision;
        fields["Reason"] = reason;
        fields["Consist"] = consist ?? fields["Consist"];
        using var request = new HttpRequestMessage(HttpMethod.Post, browser.Desk)
        {
            Content = new FormUrlEncodedContent(
                fields.Where(field => withProof || !field.Key.StartsWith("__", StringComparison.Ordinal))
            ),
        };
        browser.Client.DefaultRequestHeaders.Remove("Cookie");
        request.Headers.Add("Cookie", $"{browser.Cookie}; {proofCookie}");
        var answer = await browser.Client.SendAsync(request, Token);
        browser.Client.DefaultRequestHeaders.Add("Cookie", browser.Cookie);
        return answer;
    }

    [GeneratedRegex(
        """<input type="hidden" name="(?<name>[^"]+)" value="(?<value>[^"]*)""",
        RegexOptions.ExplicitCapture | RegexOptions.NonBacktracking
    )]
    private static partial Regex Hidden();

    private sealed record Browser(HttpClient Client, string Desk, string Cookie);
}
