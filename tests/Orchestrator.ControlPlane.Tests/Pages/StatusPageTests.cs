using System.Collections.Immutable;
using System.Globalization;
using System.Net;
using System.Net.ServerSentEvents;
using System.Text.RegularExpressions;
using Orchestrator.Contracts.Http;
using Orchestrator.ControlPlane.Auth;
using Orchestrator.ControlPlane.Pages;
using Orchestrator.Core;
using Orchestrator.Core.Reconciliation;
using static Orchestrator.ControlPlane.Tests.Workbench;

namespace Orchestrator.ControlPlane.Tests.Pages;

public sealed partial class StatusPageTests
{
    private const string Hostile = "<script>alert(1)</script>\"'&";

    [Fact]
    public async Task A_browser_without_a_session_is_led_to_the_sign_in()
    {
        await using var site = await Site.StartAsync();
        var browser = site.Anybody();
        browser.DefaultRequestHeaders.Accept.ParseAdd("text/html");

        var page = await browser.GetAsync("/", Token);
        var form = await browser.GetAsync("/sign-in", Token);

        Assert.Equal(HttpStatusCode.Redirect, page.StatusCode);
        Assert.Equal("/sign-in", page.Headers.Location?.ToString());
        Assert.Contains("orc ui", await form.Content.ReadAsStringAsync(Token), StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_code_signs_in_once()
    {
        await using var site = await Site.StartAsync();
        var link = await Site.ReadAsync<SignInLink>(
            await site.Admin().PostAsync("/v1/sign-in-links", content: null, Token)
        );
        var browser = site.Anybody();

        var first = await browser.GetAsync(link.Url, Token);
        var second = await browser.GetAsync(link.Url, Token);

        Assert.Equal(HttpStatusCode.Redirect, first.StatusCode);
        Assert.StartsWith("/approvals/", first.Headers.Location?.ToString(), StringComparison.Ordinal);
        var cookie = Assert.Single(first.Headers.GetValues("Set-Cookie"));
        Assert.Contains("httponly", cookie, StringComparison.OrdinalIgnoreCase);
        Assert.Contains("samesite=strict", cookie, StringComparison.OrdinalIgnoreCase);
        Assert.Equal(HttpStatusCode.Unauthorized, second.StatusCode);
        Assert.DoesNotContain(CookiesOf(second), each => each.StartsWith(SignIns.CookieName, StringComparison.Ordinal));
        Assert.Contains("used before", await second.Content.ReadAsStringAsync(Token), StringComparison.Ordinal);
        Assert.Equal(HttpStatusCode.OK, (await Browser(site, cookie).GetAsync("/", Token)).StatusCode);
    }

    [Fact]
    public async Task A_session_reads_and_changes_nothing_even_of_an_admin()
    {
        await using var site = await Site.StartAsync();
        var browser = await SignedInAsync(site);

        var read = await browser.GetAsync("/v1/hosts", Token);
        var drain = await browser.PostAsync("/v1/hosts/h1/drain", content: null, Token);

        Assert.Equal(HttpStatusCode.OK, read.StatusCode);
        Assert.Equal(HttpStatusCode.Forbidden, drain.StatusCode);
    }

    [Fact]
    public async Task A_token_signs_in_through_our_own_form_only()
    {
        await using var site = await Site.StartAsync();
        var token = await site.TokenAsync("viewer");
        var browser = site.Anybody();
        var form = await browser.GetAsync("/sign-in", Token);
        var proof = HiddenField().Match(await form.Content.ReadAsStringAsync(Token));
        var cookie = Assert.Single(CookiesOf(form)).Split(';')[0];

        var foreign = await PostFormAsync(site.Anybody(), ("token", token));
        browser.DefaultRequestHeaders.Add("Cookie", cookie);
        var wrong = await PostFormAsync(
            browser,
            (proof.Groups["name"].Value, proof.Groups["value"].Value),
            ("token", "orc_x")
        );
        var right = await PostFormAsync(
            browser,
            (proof.Groups["name"].Value, proof.Groups["value"].Value),
            ("token", $" {token}\n")
        );

        Assert.Equal(HttpStatusCode.BadRequest, foreign.StatusCode);
        Assert.Equal(HttpStatusCode.Unauthorized, wrong.StatusCode);
        Assert.Contains("unknown or revoked", await wrong.Content.ReadAsStringAsync(Token), StringComparison.Ordinal);
        Assert.Equal(HttpStatusCode.Redirect, right.StatusCode);
        Assert.Contains(CookiesOf(right), each => each.StartsWith(SignIns.CookieName, StringComparison.Ordinal));
    }

    [Fact]
    public async Task What_others_name_is_shown_as_text()
    {
        await using var site = await Site.StartAsync();
        await site.Conductor.AskAsync(new CellInput.HostReported(AHost("h1", runtime: Hostile)), Token);
        var browser = await SignedInAsync(site);

        var html = await browser.GetStringAsync("/", Token);

        Assert.Contains("&lt;script&gt;alert(1)&lt;/script&gt;", html, StringComparison.Ordinal);
        Assert.DoesNotContain("<script>alert", html, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Pages_keep_to_their_content_policy()
    {
        await using var site = await Site.StartAsync();
        await site.Conductor.AskAsync(new CellInput.HostReported(AHost("h1", runtime: "oci")), Token);
        await site.Conductor.AskAsync(ALine("cart", "0 0 9 * * ?", "Europe/Berlin"), Token);
        var browser = await SignedInAsync(site);

        foreach (var path in new[] { "/", "/sign-in" })
        {
            var response = await browser.GetAsync(path, Token);
            var html = await response.Content.ReadAsStringAsync(Token);

            Assert.StartsWith(
                "default-src 'self'",
                response.Headers.GetValues("Content-Security-Policy").Single(),
                StringComparison.Ordinal
            );
            Assert.DoesNotMatch(InlineCode(), html);
            Assert.All(
                Address().Matches(html),
                match => Assert.StartsWith("/", match.Groups["address"].Value, StringComparison.Ordinal)
            );
        }
    }

    [Fact]
    public async Task An_empty_fleet_shows_the_commands_that_fill_it()
    {
        await using var site = await Site.StartAsync();

        var html = await (await SignedInAsync(site)).GetStringAsync("/", Token);

        foreach (var command in new[] { "orc apply -f FILE", "orc publish SERVICE VERSION", "orc hosts" })
        {
            Assert.Contains($"<code>{command}</code>", html, StringComparison.Ordinal);
        }

        Assert.Contains("Nothing waits for a person.", html, StringComparison.Ordinal);
    }

    [Fact]
    public async Task The_assets_come_from_the_program_itself_and_are_sent_once()
    {
        await using var site = await Site.StartAsync();
        var browser = site.Anybody();

        foreach (var name in new[] { "status.css", "status.js", "icon.svg" })
        {
            var first = await browser.GetAsync($"/assets/{name}", Token);
            using var again = new HttpRequestMessage(HttpMethod.Get, $"/assets/{name}");
            again.Headers.IfNoneMatch.Add(first.Headers.ETag!);
            var second = await browser.SendAsync(again, Token);

            Assert.NotEmpty(await first.Content.ReadAsByteArrayAsync(Token));
            Assert.Equal(HttpStatusCode.NotModified, second.StatusCode);
        }
    }

    [Fact]
    public async Task The_stream_begins_with_everything_and_goes_on_with_what_changes_and_heartbeats()
    {
        await using var site = await Site.StartAsync();
        var browser = await SignedInAsync(site);
        await using var body = await browser.GetStreamAsync("/status/stream", Token);
        await using var events = SseParser.Create(body).EnumerateAsync(Token).GetAsyncEnumerator(Token);

        var first = new List<string>();
        for (var each = 0; each < 6; each++)
        {
            first.Add((await NextAsync(events)).EventType);
        }

        await site.Conductor.AskAsync(ALine("cart", "0 0 9 * * ?", "Europe/Berlin"), Token);
        var changed = await NextAsync(events, item => item.EventType == "deployments");
        var heartbeat = await NextAsync(events, item => item.EventType == "heartbeat");

        Assert.Equal(["heartbeat", "needs", "deployments", "lines", "rollouts", "hosts"], first);
        Assert.Contains("cart", changed.Data, StringComparison.Ordinal);
        Assert.All(
            heartbeat.Data.Split(' '),
            time => Assert.True(DateTimeOffset.TryParse(time, CultureInfo.InvariantCulture, out _))
        );
    }

    [Fact]
    public async Task An_open_stream_does_not_hold_up_a_stop()
    {
        await using var site = await Site.StartAsync();
        var browser = await SignedInAsync(site);
        await using var body = await browser.GetStreamAsync("/status/stream", Token);
        await using var journal = await browser.GetStreamAsync("/v1/events", Token);
        await using var events = SseParser.Create(body).EnumerateAsync(Token).GetAsyncEnumerator(Token);
        await NextAsync(events);
        using var late = CancellationTokenSource.CreateLinkedTokenSource(Token);
        late.CancelAfter(Patience);

        await site.Host.StopAsync(late.Token);

        Assert.False(late.IsCancellationRequested);
    }

    [Fact]
    public async Task A_viewer_that_is_too_slow_is_told_to_start_over()
    {
        var viewer = new Viewer();
        for (var each = 0; each <= Viewer.QueueCapacity; each++)
        {
            viewer.Offer(new SseItem<string>("old", "hosts"));
        }

        await using var events = viewer
            .ReadAsync(() => [new SseItem<string>("new", "hosts")], Token)
            .GetAsyncEnumerator(Token);
        var (first, second) = (await NextAsync(events), await NextAsync(events));
        viewer.Offer(new SseItem<string>("newer", "hosts"));
        var third = await NextAsync(events);
        viewer.End();

        Assert.Equal("reset", first.EventType);
        Assert.Equal(("new", "newer"), (second.Data, third.Data));
        Assert.False(await events.MoveNextAsync());
    }

    [Fact]
    public async Task Who_left_is_forgotten()
    {
        await using var site = await Site.StartAsync();
        var broadcast = (StatusBroadcast)site.Host.Services.GetService(typeof(StatusBroadcast))!;
        var browser = await SignedInAsync(site);

        var body = await browser.GetStreamAsync("/status/stream", Token);
        await UntilAsync(() => broadcast.Viewers == 1);
        await body.DisposeAsync();

        await UntilAsync(() => broadcast.Viewers == 0);
    }

    private static async Task<SseItem<string>> NextAsync(IAsyncEnumerator<SseItem<string>> events) =>
        await NextAsync(events, _ => true);

    private static async Task<SseItem<string>> NextAsync(
        IAsyncEnumerator<SseItem<string>> events,
        Predicate<SseItem<string>> isWanted
    )
    {
        while (await events.MoveNextAsync().AsTask().WaitAsync(Patience, Token))
        {
            if (isWanted(events.Current))
            {
                return events.Current;
            }
        }

        throw new InvalidOperationException("The stream ended.");
    }

    private static async Task<HttpClient> SignedInAsync(Site site)
    {
        var link = await Site.ReadAsync<SignInLink>(
            await site.Admin().PostAsync("/v1/sign-in-links", content: null, Token)
        );
        var entered = await site.Anybody().GetAsync(link.Url, Token);
        return Browser(site, entered.Headers.GetValues("Set-Cookie").Single());
    }

    private static HttpClient Browser(Site site, string cookie)
    {
        var browser = site.Anybody();
        browser.DefaultRequestHeaders.Add("Cookie", cookie.Split(';')[0]);
        return browser;
    }

    private static IEnumerable<string> CookiesOf(HttpResponseMessage response) =>
        response.Headers.TryGetValues("Set-Cookie", out var cookies) ? cookies : [];

    private static async Task<HttpResponseMessage> PostFormAsync(
        HttpClient client,
        params (string Name, string Value)[] fields
    )
    {
        using var form = new FormUrlEncodedContent(fields.ToDictionary(field => field.Name, field => field.Value));
        return await client.PostAsync("/sign-in", form, Token);
    }

    private static ReportedHost AHost(string id, string runtime) =>
        new()
        {
            Id = HostId.Parse(id),
            Session = "s-1",
            Sequence = 1,
            Epoch = 0,
            Revision = 0,
            Digest = "d-1",
            Capacity = new Resources(4_000, 8_192),
            Runtime = runtime,
            AgentVersion = "1.0.0",
            Labels = ImmutableSortedDictionary<string, string>.Empty,
            Instances = [],
        };

    [GeneratedRegex(
        "type=\"hidden\" name=\"(?<name>[^\"]+)\" value=\"(?<value>[^\"]+)\"",
        RegexOptions.NonBacktracking
    )]
    private static partial Regex HiddenField();

    [GeneratedRegex("<style|\\sstyle=|\\son[a-z]+=|<script>|javascript:", RegexOptions.NonBacktracking)]
    private static partial Regex InlineCode();

    [GeneratedRegex("\\s(?:src|href)=\"(?<address>[^\"#][^\"]*)\"", RegexOptions.NonBacktracking)]
    private static partial Regex Address();
}
