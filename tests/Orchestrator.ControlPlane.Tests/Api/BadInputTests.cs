using System.Net;
using System.Net.Http.Json;
using System.Text;
using Orchestrator.Contracts.Http;
using static Orchestrator.ControlPlane.Tests.Workbench;

namespace Orchestrator.ControlPlane.Tests.Api;

public sealed class BadInputTests
{
    private const string OtherImage =
        "shop/cart@sha256:1f1f1f1f1f1f1f1f1f1f1f1f1f1f1f1f1f1f1f1f1f1f1f1f1f1f1f1f1f1f1f1f";

    public static TheoryData<string, string, int, string, int> BadManifests =>
        new()
        {
            { "malformed", "apiVersion: orchestrator/v1\nkind: [", 422, "malformed", 3 },
            { "unknown field", With("  template:", "  replicas: 3\n  template:"), 422, "unknown_field", 5 },
            { "tag instead of digest", With(Site.Image, "shop/cart:latest"), 422, "image_not_by_digest", 6 },
            { "name with ../", With("name: cart", "name: ../cart"), 422, "invalid_name", 3 },
            { "alias bomb", AliasBomb(), 422, "anchor_refused", 2 },
            { "10 MB of YAML", $"a: {new string('x', 10 << 20)}", 422, "file_too_large", 0 },
            { "duplicate key", With("{name: cart,", "{name: cart, name: cart,"), 422, "duplicate_key", 3 },
            {
                "version as number",
                Site.CartVersion.Replace("1.0.0", "1.0", StringComparison.Ordinal),
                422,
                "invalid_version",
                3
            },
            // Not of the text but of the fleet: these are only found by the conductor.
            { "nobody provides it", With("spec:", Depending("^1.0.0")), 422, "dependency_unknown", 6 },
            { "no such pool", Line("count: 1", "count: 1, pool: nowhere"), 422, "pool_unknown", 6 },
            { "never departs", Line("0 0 9 ? * MON", "0 0 0 30 2 ?"), 422, "invalid_cron", 5 },
            {
                "same version, other content",
                Site.CartVersion.Replace(Site.Image, OtherImage, StringComparison.Ordinal),
                409,
                "version_conflict",
                4
            },
        };

    [Theory]
    [MemberData(nameof(BadManifests))]
    public async Task A_bad_manifest_is_refused_with_its_place_and_changes_nothing(
        string what,
        string text,
        int status,
        string code,
        int line
    )
    {
        await using var site = await Site.StartAsync();
        var admin = site.Admin();
        await Site.ReadAsync<ApplyResult>(await Site.ApplyAsync(admin, $"{Site.CartService}\n---\n{Site.CartVersion}"));
        var before = site.Conductor.Current.Cell;

        var response = await Site.ApplyAsync(admin, text);

        var problem = await Site.ProblemAsync(response);
        Assert.True(status == problem.Status, $"{what}: {problem.Status} {problem.Code} {problem.Title}");
        Assert.Same(before, site.Conductor.Current.Cell);
        Assert.NotEmpty(problem.Hint ?? "");
        Assert.Equal("Nothing was applied.", problem.Detail);
        var place = problem.Errors.FirstOrDefault(error => error.Code == code);
        Assert.True(place is not null, $"{what}: {problem.Code}, {string.Join("; ", problem.Errors)}");
        Assert.Equal(("fleet.yaml", line), (place.File, place.Line));
    }

    [Fact]
    public async Task More_than_a_whole_fleet_at_once_is_refused_before_it_is_read()
    {
        await using var site = await Site.StartAsync();
        var admin = site.Admin();
        var before = site.Conductor.Current.Cell;

        // The server may close before it has read it all, and then the client sees either.
        try
        {
            var response = await Site.ApplyAsync(admin, new string('x', 20 << 20));
            Assert.Equal(HttpStatusCode.RequestEntityTooLarge, response.StatusCode);
            var problem = await Site.ProblemAsync(response);
            Assert.Equal((413, "too_large"), (problem.Status, problem.Code));
        }
        catch (HttpRequestException)
        {
            Assert.Equal(HttpStatusCode.OK, (await admin.GetAsync("/v1/whoami", Token)).StatusCode);
        }

        Assert.Same(before, site.Conductor.Current.Cell);
    }

    [Theory]
    [InlineData("{\"version\":\"1.0.0\",\"image\":\"shop/cart:latest\"}", 422, "image_not_by_digest")]
    [InlineData("{\"version\":\"latest\"}", 422, "invalid_version")]
    [InlineData("{\"version\":\"1.0.0\",\"channel\":\"../x\"}", 422, "invalid_name")]
    [InlineData("{\"version\":\"1.0.0\",\"environment\":{\"A=B\":\"x\"}}", 422, "invalid_environment")]
    [InlineData("{\"version\":\"1.0.0\",\"tag\":\"x\"}", 400, "malformed_request")]
    [InlineData("{\"version\":\"1.0.0\",\"environment\":{\"A\":null}}", 422, "invalid_environment")]
    [InlineData("{\"version\":null}", 400, "malformed_request")]
    [InlineData("{}", 400, "malformed_request")]
    [InlineData("{", 400, "malformed_request")]
    public async Task A_bad_publication_is_refused_and_changes_nothing(string body, int status, string code)
    {
        await using var site = await Site.StartAsync();
        var admin = site.Admin();
        await Site.ApplyAsync(admin, Site.CartService);
        var before = site.Conductor.Current.Cell;

        var response = await PostAsync(admin, "/v1/services/cart/versions", body);

        var problem = await Site.ProblemAsync(response);
        Assert.Equal((status, code), (problem.Status, problem.Code));
        Assert.NotEmpty(problem.Hint ?? "");
        Assert.Same(before, site.Conductor.Current.Cell);
    }

    [Theory]
    [InlineData("{\"deadlineSeconds\":0}", 422, "deadline_out_of_range")]
    [InlineData("{\"deadlineSeconds\":-9223372036854775808}", 422, "deadline_out_of_range")]
    [InlineData("{\"deadlineSeconds\":9223372036854775807}", 422, "deadline_out_of_range")]
    [InlineData("{\"deadlineSeconds\":\"30m\"}", 400, "malformed_request")]
    [InlineData("{\"deadlineSeconds\":60}", 404, "host_unknown")]
    [InlineData("", 404, "host_unknown")]
    public async Task A_bad_drain_is_refused(string body, int status, string code)
    {
        await using var site = await Site.StartAsync();
        var admin = site.Admin();
        var response =
            body.Length == 0
                ? await admin.PostAsync("/v1/hosts/h1/drain", content: null, Token)
                : await PostAsync(admin, "/v1/hosts/h1/drain", body);

        var problem = await Site.ProblemAsync(response);
        Assert.Equal((status, code), (problem.Status, problem.Code));
        Assert.NotEmpty(problem.Hint ?? "");
    }

    [Theory]
    [InlineData("GET", "/v1/nothing", "", "", 404, "route_unknown", "There is nothing at GET /v1/nothing.")]
    [InlineData("GET", "/nothing.html", "", "", 404, "route_unknown", "There is nothing at GET /nothing.html.")]
    [InlineData("PUT", "/v1/apply", "{}", "application/json", 405, "method_not_allowed", "/v1/apply takes no PUT.")]
    [InlineData(
        "POST",
        "/v1/apply",
        "a=b",
        "text/plain",
        415,
        "media_type_unsupported",
        "POST /v1/apply takes JSON only."
    )]
    [InlineData("POST", "/v1/apply", "{", "application/json", 400, "malformed_request", "Expected depth to be zero")]
    [InlineData("POST", "/v1/apply", "{}", "application/json", 400, "malformed_request", "The body lacks 'files'.")]
    [InlineData("POST", "/v1/apply", "{\"files\":[null]}", "application/json", 422, "no_documents", "A file is null.")]
    [InlineData(
        "POST",
        "/v1/apply",
        "{\"files\":7}",
        "application/json",
        400,
        "malformed_request",
        "$.files cannot be read, in line 1"
    )]
    [InlineData(
        "POST",
        "/v1/apply",
        "{\"a\":7}",
        "application/json",
        400,
        "malformed_request",
        "there is no 'a', in line 1"
    )]
    [InlineData(
        "POST",
        "/v1/tokens",
        "{\"name\":\"x\",\"roles\":[null]}",
        "application/json",
        422,
        "invalid_role",
        "known roles"
    )]
    [InlineData("GET", "/v1/journal?after=x", "", "", 400, "malformed_request", "'x' is no after.")]
    [InlineData(
        "POST",
        "/v1/rollouts/cart/1/prod/pause",
        "",
        "",
        404,
        "rollout_unknown",
        "There is no rollout cart/1/prod."
    )]
    public async Task A_request_that_makes_no_sense_is_answered_with_a_problem_that_says_why(
        string method,
        string path,
        string body,
        string mediaType,
        int status,
        string code,
        string title
    )
    {
        await using var site = await Site.StartAsync();
        using var request = new HttpRequestMessage(new HttpMethod(method), path);
        if (mediaType.Length > 0)
        {
            request.Content = new StringContent(body, Encoding.UTF8, mediaType);
        }

        var problem = await Site.ProblemAsync(await site.Admin().SendAsync(request, Token));

        Assert.Equal((status, code), (problem.Status, problem.Code));
        Assert.Contains(title, problem.Title, StringComparison.Ordinal);
        Assert.DoesNotContain("Orchestrator.", problem.Title, StringComparison.Ordinal);
        Assert.NotEmpty(problem.Hint ?? "");
    }

    [Theory]
    [InlineData("/v1/services/..%2Fcart")]
    [InlineData("/v1/hosts/..%2F..%2Fetc%2Fpasswd")]
    [InlineData("/v1/instances/..%2Fcart/logs")]
    [InlineData("/v1/trains/..%2Fcart/1")]
    [InlineData("/v1/rollouts/cart/-1/prod")]
    [InlineData("/schemas/..%2Fpasswd")]
    [InlineData("/assets/..%2Fstatus.css")]
    [InlineData("/v1/nothing")]
    public async Task A_name_that_is_none_is_not_found(string path)
    {
        await using var site = await Site.StartAsync();

        var response = await site.Admin().GetAsync(path, Token);

        Assert.Equal(HttpStatusCode.NotFound, response.StatusCode);
    }

    [Fact]
    public async Task Publishing_the_same_twice_says_that_it_changed_nothing()
    {
        await using var site = await Site.StartAsync();
        var admin = site.Admin();
        await Site.ApplyAsync(admin, Site.CartService);
        const string body = "{\"version\":\"1.0.0\",\"environment\":{\"B\":\"2\",\"A\":\"1\"}}";
        const string same = "{\"version\":\"1.0.0\",\"environment\":{\"A\":\"1\",\"B\":\"2\"}}";

        var first = await Site.ReadAsync<PublishResult>(await PostAsync(admin, "/v1/services/cart/versions", body));
        var before = site.Conductor.Current.Cell;
        var second = await Site.ReadAsync<PublishResult>(await PostAsync(admin, "/v1/services/cart/versions", same));
        var other = await Site.ProblemAsync(
            await PostAsync(admin, "/v1/services/cart/versions", "{\"version\":\"1.0.0\"}")
        );

        Assert.Equal(("created", "unchanged"), (first.Action, second.Action));
        Assert.Equal(first.Digest, second.Digest);
        Assert.Equal((409, "version_conflict"), (other.Status, other.Code));
        Assert.Same(before, site.Conductor.Current.Cell);
    }

    [Fact]
    public async Task A_plan_holds_only_for_the_state_it_was_made_against()
    {
        await using var site = await Site.StartAsync();
        var admin = site.Admin();
        var plan = await Site.ReadAsync<ApplyResult>(
            await admin.PostAsJsonAsync(
                "/v1/diff",
                new ApplyRequest { Files = [new ManifestFile("fleet.yaml", Site.CartService)] },
                Token
            )
        );
        Assert.Empty(site.Conductor.Current.Cell.Services);
        await Site.ApplyAsync(admin, Site.CartService.Replace("100m", "200m", StringComparison.Ordinal));

        var stale = await Site.ProblemAsync(await Site.ApplyAsync(admin, Site.CartService, plan.PlanId));

        Assert.Equal((409, "plan_stale"), (stale.Status, stale.Code));
        Assert.Equal(
            expected: 200,
            site.Conductor.Current.Cell.Services.Values.Single().Template.Request.CpuMillicores
        );
    }

    [Fact]
    public async Task A_plan_that_still_holds_is_carried_out()
    {
        await using var site = await Site.StartAsync();
        var admin = site.Admin();
        var request = new ApplyRequest { Files = [new ManifestFile("fleet.yaml", Site.CartService)] };
        var plan = await Site.ReadAsync<ApplyResult>(await admin.PostAsJsonAsync("/v1/diff", request, Token));

        var applied = await Site.ReadAsync<ApplyResult>(await Site.ApplyAsync(admin, Site.CartService, plan.PlanId));
        var again = await Site.ReadAsync<ApplyResult>(await Site.ApplyAsync(admin, Site.CartService));

        Assert.Equal(["created"], applied.Changes.Select(change => change.Action));
        Assert.Equal(["unchanged"], again.Changes.Select(change => change.Action));
    }

    private static Task<HttpResponseMessage> PostAsync(HttpClient client, string path, string body) =>
        client.PostAsync(path, new StringContent(body, Encoding.UTF8, "application/json"), Token);

    private static string With(string part, string replacement)
    {
        Assert.True(Site.CartService.Contains(part, StringComparison.Ordinal), part);
        return Site.CartService.Replace(part, replacement, StringComparison.Ordinal);
    }

    private static string Line(string part, string replacement)
    {
        const string line = """
            apiVersion: orchestrator/v1
            kind: Line
            metadata: {service: cart}
            spec:
              timetable: {cron: "0 0 9 ? * MON", zone: Europe/Berlin}
              route: [{stage: prod, count: 1}]
            """;
        Assert.True(line.Contains(part, StringComparison.Ordinal), part);
        return line.Replace(part, replacement, StringComparison.Ordinal);
    }

    private static string Depending(string range) =>
        $"spec:\n  dependencies:\n    - {{service: nobody, range: {range}}}";

    /// <summary>Ten of ten of ten: a billion words, if anybody followed it.</summary>
    private static string AliasBomb()
    {
        var text = new StringBuilder("apiVersion: orchestrator/v1\na0: &a0 [x, x, x, x, x, x, x, x, x, x]\n");
        for (var level = 1; level < 9; level++)
        {
            var aliases = string.Join(", ", Enumerable.Repeat($"*a{level - 1}", 10));
            text.Append(System.Globalization.CultureInfo.InvariantCulture, $"a{level}: &a{level} [{aliases}]\n");
        }

        return text.ToString();
    }
}
