using System.Text.Json;
using Orchestrator.Cli.Rendering;
using Orchestrator.Cli.Tests.Support;
using Orchestrator.Contracts.Http;
using YamlDotNet.Serialization;

namespace Orchestrator.Cli.Tests;

public sealed class OutputTests
{
    private const string Hostile = "\e[2J\e]0;owned\aevil\r\u009b31m\u202etxt\u0007\nnext line";

    [Fact]
    public async Task A_redirected_table_is_aligned_plain_text_without_holes()
    {
        await using var server = await FakeControlPlane.StartAsync();
        server.OnPage(
            "GET /v1/rollouts?active=true",
            A.WaitingRollout,
            A.Rollout with
            {
                Id = "adservice/7/staging",
                Service = "adservice",
                FromVersion = "",
            }
        );

        var run = await OrcRun.Of(server, "get", "rollouts", "--active");

        Assert.Equal(
            """
            ROLLOUT                   SERVICE          FROM   TO     PHASE             STEP  REASON       NEXT
            checkoutservice/118/prod  checkoutservice  1.0.0  1.1.0  AwaitingApproval  1/2   before prod  orc approve checkoutservice/118/prod
            adservice/7/staging       adservice        -      1.1.0  Baking            1/2   -            -

            """,
            run.Out
        );
    }

    [Fact]
    public async Task Json_is_the_whole_object_and_nothing_else()
    {
        await using var server = await FakeControlPlane.StartAsync();
        server.On("GET /v1/rollouts/checkoutservice/118/prod", A.WaitingRollout);

        var run = await OrcRun.Of(server, "describe", "rollout", "checkoutservice/118/prod", "-o", "json");

        var read = JsonSerializer.Deserialize<RolloutView>(run.Out, JsonSerializerOptions.Web);
        Assert.Equal(
            JsonSerializer.Serialize(A.WaitingRollout, JsonSerializerOptions.Web),
            JsonSerializer.Serialize(read, JsonSerializerOptions.Web)
        );
    }

    [Fact]
    public async Task A_list_in_json_is_the_page_of_the_api()
    {
        await using var server = await FakeControlPlane.StartAsync();
        server.OnPage("GET /v1/services", A.Service);

        var run = await OrcRun.Of(server, "get", "services", "-o", "json");

        Assert.Equal("checkoutservice", run.Json.GetProperty("items")[0].GetProperty("name").GetString());
    }

    [Fact]
    public async Task Yaml_reads_back_as_the_same_values()
    {
        string[] awkward =
        [
            "",
            "true",
            "No",
            "null",
            "~",
            "1.0",
            "1.1.0",
            "1e3",
            "0x1F",
            "12:30",
            "a: b",
            "a #b",
            "- x",
            "'",
            "\"",
            @"\",
            " padded ",
            "ünïcödé → 🚂",
            "two\nlines",
            "tab\there",
            "@at",
            "*star",
            "&and",
            "plain words here",
            "key:",
            "2026-03-10",
        ];
        var labels = awkward.ToDictionary(text => text + "k", text => text, StringComparer.Ordinal);
        await using var server = await FakeControlPlane.StartAsync();
        server.OnPage("GET /v1/hosts", A.Host with { Labels = labels });

        var run = await OrcRun.Of(server, "hosts", "-o", "yaml");

        var read = new DeserializerBuilder()
            .WithAttemptingUnquotedStringTypeDeserialization()
            .Build()
            .Deserialize<Dictionary<string, List<Dictionary<string, object>>>>(run.Out);
        var host = Assert.Single(read["items"]);
        Assert.Equal("h1", host["id"]);
        Assert.Equal("4000", host["cpuMillicores"].ToString());
        Assert.Equal(
            labels
                .OrderBy(label => label.Key, StringComparer.Ordinal)
                .Select(label => (label.Key, (object)label.Value)),
            ((Dictionary<object, object>)host["labels"])
                .Select(label => (Key: (string)label.Key, label.Value))
                .OrderBy(label => label.Key, StringComparer.Ordinal)
        );
    }

    [Fact]
    public async Task What_agents_report_of_their_machines_is_described_and_not_listed()
    {
        await using var server = await FakeControlPlane.StartAsync();
        var host = A.Host with
        {
            Labels = new Dictionary<string, string>(StringComparer.Ordinal)
            {
                ["zone"] = "b",
                ["agent/kernel"] = "6.1.0",
            },
        };
        server.OnPage("GET /v1/hosts", host);
        server.On("GET /v1/hosts/h1", host);

        var listed = await OrcRun.Of(server, "hosts");
        var described = await OrcRun.Of(server, "describe", "host", "h1");

        Assert.Contains("zone=b", listed.Out, StringComparison.Ordinal);
        Assert.DoesNotContain("6.1.0", listed.Out, StringComparison.Ordinal);
        Assert.Contains("agent/kernel=6.1.0", described.Out, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Yaml_nests_lists_in_objects_in_lists()
    {
        await using var server = await FakeControlPlane.StartAsync();
        server.On("GET /v1/trains/checkoutservice/118", A.DepartedTrain);

        var run = await OrcRun.Of(server, "train", "status", "checkoutservice/118", "-o", "yaml");

        Assert.Equal(
            """
            id: checkoutservice/118
            line: checkoutservice
            phase: Departed
            reason: ""
            departsAt: "2026-03-10T12:01:00+00:00"
            consist:
              - service: checkoutservice
                version: "1.1.0"
                digest: "sha256:aa"
            order: ""
            needsReview: false
            boards: ""
            consistHash: c0ffee
            rollouts:
              - checkoutservice/118/prod
            goes: null
            reserved: []
            next: ""

            """,
            run.Out
        );
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task Remote_text_cannot_speak_to_the_terminal(bool inTerminal)
    {
        await using var server = await FakeControlPlane.StartAsync();
        server
            .On("GET /v1/rollouts/checkoutservice/118/prod", A.Rollout with { Reason = Hostile })
            .OnPage("GET /v1/hosts", A.Host with { Id = Hostile })
            .On("POST /v1/hosts/h1/drain", new ActionResult(Hostile, Hostile, Hostile));

        foreach (var command in (string[])["rollout status checkoutservice/118/prod", "hosts", "drain h1"])
        {
            var arguments = command.Split(' ');
            var run = inTerminal ? await OrcRun.InTerminal(server, arguments) : await OrcRun.Of(server, arguments);

            Assert.Contains("eviltxt next line", run.Out.ReplaceLineEndings(" "), StringComparison.Ordinal);
            Assert.DoesNotContain("\e[2J", run.Out, StringComparison.Ordinal);
            Assert.DoesNotContain("owned", run.Out, StringComparison.Ordinal);
            Assert.All("\a\r\u009b\u202e", bad => Assert.DoesNotContain(bad, run.Out));
            Assert.True(inTerminal || !run.Out.Contains('\e'), run.Out);
        }
    }

    [Fact]
    public async Task Problems_cannot_speak_to_the_terminal_either()
    {
        await using var server = await FakeControlPlane.StartAsync();
        server.On("GET /v1/whoami", Reply.Problem(403, "forbidden", Hostile));

        var run = await OrcRun.Of(server, "whoami");

        Assert.StartsWith("error: eviltxt next line (forbidden)\n", run.Error, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Objects_for_programs_hold_no_raw_control_characters()
    {
        await using var server = await FakeControlPlane.StartAsync();
        server.On("GET /v1/instances/a.b.1/logs?tail=200", new LogsView(Hostile + " ü", 7));

        var json = await OrcRun.Of(server, "logs", "a.b.1", "-o", "json");
        var yaml = await OrcRun.Of(server, "logs", "a.b.1", "-o", "yaml");

        Assert.Equal(Hostile + " ü", json.Json.GetProperty("text").GetString());
        Assert.Equal(Hostile + " ü", new Deserializer().Deserialize<Dictionary<string, string>>(yaml.Out)["text"]);
        Assert.All("\e\a\r\u009b\u202e", bad => Assert.DoesNotContain(bad, json.Out + yaml.Out));
    }

    [Theory]
    [InlineData("plain", "plain")]
    [InlineData("\e[1;31mred\e[0m", "red")]
    [InlineData("\e]8;;http://evil\e\\link\e]8;;\e\\", "link")]
    [InlineData("\e]0;title without an end", "")]
    [InlineData("\eMup\ec", "up")]
    [InlineData("tab\tand\nline", "tab and line")]
    [InlineData("train 🚂 → ü", "train 🚂 → ü")]
    public void Escape_sequences_go_whole_and_text_stays(string text, string clean) =>
        Assert.Equal(clean, PlainText.OneLine(text));

    [Fact]
    public async Task Logs_keep_their_lines_and_lose_their_escapes()
    {
        await using var server = await FakeControlPlane.StartAsync();
        server.On("GET /v1/instances/a.b.1/logs?tail=2", new LogsView("\e[32mINFO\e[0m\tup\nsecond\r\nthird", 7));

        var run = await OrcRun.Of(server, "logs", "a.b.1", "--tail", "2");

        Assert.Equal((0, "INFO\tup\nsecond\nthird\n"), (run.Code, run.Out));
    }

    [Fact]
    public async Task Nothing_is_cut_in_a_narrow_terminal_or_a_pipe()
    {
        var reason = string.Join(' ', Enumerable.Range(1, 60).Select(number => $"word{number}"));
        await using var server = await FakeControlPlane.StartAsync();
        server.OnPage(
            "GET /v1/instances",
            A.Instance("checkoutservice.prod.14", "1.1.0", "h2") with
            {
                Reason = reason,
            }
        );

        var piped = await OrcRun.Of(server, "get", "instances");
        var terminal = await OrcRun.InTerminal(server, "get", "instances");

        Assert.Contains(reason, piped.Out, StringComparison.Ordinal);
        Assert.All(reason.Split(' '), word => Assert.Contains(word, terminal.Out, StringComparison.Ordinal));
        Assert.DoesNotContain("…", terminal.Out, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Colours_are_for_terminals()
    {
        await using var server = await FakeControlPlane.StartAsync();
        server.OnPage("GET /v1/hosts", A.Host);

        var piped = await OrcRun.Of(server, "hosts");
        var terminal = await OrcRun.InTerminal(server, "hosts");

        Assert.DoesNotContain('\e', piped.Out);
        Assert.Contains('\e', terminal.Out);
    }

    [Fact]
    public async Task A_link_and_a_next_command_can_be_copied_from_a_narrow_terminal()
    {
        var url = $"http://127.0.0.1:7400/sign-in/{new string('x', 150)}";
        var next = $"orc approve {new string('y', 150)}";
        await using var server = await FakeControlPlane.StartAsync();
        server
            .On("POST /v1/sign-in-links", new SignInLink(url))
            .On("POST /v1/hosts/h1/drain", new ActionResult("h1", "draining", next));

        var ui = await OrcRun.InTerminal(server, "ui");
        var drain = await OrcRun.InTerminal(server, "drain", "h1");

        Assert.Contains(url, ui.Out, StringComparison.Ordinal);
        Assert.Contains(next, drain.Out, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_rollout_is_a_tree_of_steps_versions_instances_and_evidence()
    {
        await using var server = await FakeControlPlane.StartAsync();
        server.On("GET /v1/rollouts/checkoutservice/118/prod", A.WaitingRollout);

        var run = await OrcRun.Of(server, "rollout", "status", "checkoutservice/118/prod");

        Assert.Equal(
            """
            checkoutservice/118/prod  checkoutservice 1.0.0 → 1.1.0  AwaitingApproval: before prod  (for 2m)
            ├─ steps
            │  ├─ canary  1 instance, 10.5 % of traffic, then a person  running
            │  └─ promotion  3 instances, 100 % of traffic  waiting
            ├─ verdict  continue: needs more requests
            │  └─ errors  undecided  0.5 % v 0.5 % on 200 v 1,800 requests
            │     ├─ evidence of harm 0.42, rolls back at 100
            │     └─ evidence of health 3.5, passes at 20
            ├─ 1.1.0  10 % of traffic  1 ready of 1 desired, 1 running
            │  └─ checkoutservice.prod.14  Ready  on h2  127.0.0.1:40011
            └─ 1.0.0  90 % of traffic  3 ready of 3 desired, 3 running
               └─ checkoutservice.prod.11  Ready  on h1  127.0.0.1:40011
            consist:  c0ffee
            next: orc approve checkoutservice/118/prod

            """,
            run.Out
        );
    }

    [Fact]
    public async Task An_empty_list_says_what_fills_it()
    {
        await using var server = await FakeControlPlane.StartAsync();
        server.OnPage<ServiceView>("GET /v1/services");

        var run = await OrcRun.Of(server, "get", "services");

        Assert.Equal("No services yet. Create them: orc apply -f FILE\n", run.Out);
    }
}
