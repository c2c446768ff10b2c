using System.Globalization;
using System.Text;
using Orchestrator.Cli.Tests.Support;

namespace Orchestrator.Cli.Tests;

/// <summary><c>orc judge</c> on files of ten-second intervals; the A/A phase, where there is one, is the day before noon.</summary>
public sealed class JudgeTests : IDisposable
{
    private const int Day = 8640;

    private readonly DirectoryInfo _directory = Directory.CreateTempSubdirectory("orc-judge-");

    public void Dispose() => _directory.Delete(recursive: true);

    [Fact]
    public async Task A_canary_as_good_as_its_baseline_passes()
    {
        var run = await Judge(Errors(60, _ => 5), Errors(60, _ => 5), "--independent");

        Assert.Equal(0, run.Code);
        Assert.Contains("Verdict:  pass", run.Out, StringComparison.Ordinal);
        Assert.Matches("Why: +errors 1 % v 1 % on 30,000 v 30,000 requests; good enough by e-value ", run.Out);
        Assert.Matches("METRIC +STATE +SEEN.*\nerrors +good enough +errors 1 % v 1 %", run.Out);
    }

    [Fact]
    public async Task A_worse_canary_fails_and_the_objects_say_why_and_of_which_files()
    {
        var run = await Judge(Errors(60, _ => 5), Errors(60, _ => 20), "--independent", "-o", "json");

        Assert.Equal(1, run.Code);
        Assert.Equal("fail", run.Json.GetProperty("outcome").GetString());
        Assert.EndsWith("≥ 1,000", run.Json.GetProperty("reason").GetString(), StringComparison.Ordinal);
        Assert.Equal(64, run.Json.GetProperty("canary").GetProperty("sha256").GetString()!.Length);
        Assert.True(run.Json.GetProperty("metrics")[0].GetProperty("worse").GetDouble() >= 1000);
        Assert.Equal("worse", run.Json.GetProperty("metrics")[0].GetProperty("state").GetString());
    }

    [Fact]
    public async Task Without_an_A_A_phase_errors_that_may_come_in_bursts_only_hold()
    {
        var run = await Judge(Errors(2, _ => 5), Errors(2, _ => 50));

        Assert.Equal(3, run.Code);
        Assert.Contains("Verdict:  hold", run.Out, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Lines_before_the_canary_began_measure_how_much_the_arms_differ_by_themselves()
    {
        var random = new Random(Seed: 1);
        int Chance() => Enumerable.Range(0, 20).Count(_ => random.NextDouble() < 0.15);
        var baseline = Errors(Day + 60, _ => Chance());
        var canary = Errors(Day + 60, slot => slot < Day ? Chance() : 20);

        var run = await Judge(baseline, canary, "--began", Time(Day), "-o", "json");

        Assert.Equal(1, run.Code);
        Assert.True(run.Json.GetProperty("metrics")[0].GetProperty("noise").GetProperty("dispersion").GetDouble() < 2);
    }

    [Fact]
    public async Task Missing_lines_and_empty_cells_are_no_data()
    {
        var half = Errors(60, _ => 5).Split('\n').Where((_, line) => line % 2 == 0);
        var empty = Errors(60, _ => 5).Replace(",5\n", ",\n", StringComparison.Ordinal);

        var missing = await Judge(Errors(60, _ => 5), string.Join('\n', half), "--independent", "-o", "json");
        var nothing = await Judge(Errors(60, _ => 5), empty, "--independent");

        Assert.Equal(30, missing.Json.GetProperty("metrics")[0].GetProperty("refused").GetInt32());
        Assert.Equal(3, nothing.Code);
        Assert.Contains("errors has no data", nothing.Out, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Latencies_and_levels_are_judged_by_their_columns()
    {
        var fast = Lines("time,le_0.1,le_0.2,le_inf,cpu", 60, slot => $"90,8,2,{1 + (slot % 2 * 0.03)}");
        var slow = Lines("time,le_0.1,le_0.2,le_inf,cpu", 60, slot => $"50,30,20,{1 + (slot % 3 * 0.02)}");

        var run = await Judge(fast, slow, "--independent", "-o", "json");

        Assert.Equal(1, run.Code);
        Assert.StartsWith("latency p95 > 0.2 v ", run.Json.GetProperty("reason").GetString(), StringComparison.Ordinal);
        Assert.Equal("cpu", run.Json.GetProperty("metrics")[1].GetProperty("name").GetString());
    }

    [Fact]
    public async Task A_policy_says_what_is_tolerated()
    {
        var policy = Write(
            "policy.json",
            """
            { "alpha": 0.01, "minSoakSeconds": 60, "metrics": { "errors": { "toleratedRatio": 5, "inferiorRatio": 8 } } }
            """
        );

        var run = await Judge(Errors(60, _ => 5), Errors(60, _ => 15), "--independent", "--policy", policy);

        Assert.Equal(0, run.Code);
    }

    [Theory]
    [InlineData(5, 0, "pass")]
    [InlineData(20, 1, "fail")]
    public async Task The_rule_of_ranks_judges_the_same_files_and_says_what_it_is_worth(
        int errors,
        int code,
        string outcome
    )
    {
        var run = await Judge(
            Errors(60, slot => 4 + (slot % 3)),
            Errors(60, slot => errors + (slot % 2)),
            "--rule",
            "mann-whitney"
        );

        Assert.Equal(code, run.Code);
        Assert.Contains($"Verdict:  {outcome}", run.Out, StringComparison.Ordinal);
        Assert.Contains("(this rule is not valid under peeking)", run.Out, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(5, 0, "pass")]
    [InlineData(20, 1, "fail")]
    public async Task The_rule_of_thresholds_looks_at_the_canary_alone(int errors, int code, string outcome)
    {
        var policy = Write("policy.json", """{ "metrics": { "errors": { "limit": 0.02, "failureLimit": 2 } } }""");

        var run = await Judge(
            Errors(60, _ => 500),
            Errors(60, _ => errors),
            "--rule",
            "thresholds",
            "--policy",
            policy
        );
        var without = await Judge(Errors(60, _ => 5), Errors(60, _ => errors), "--rule", "thresholds");

        Assert.Equal((code, 2), (run.Code, without.Code));
        Assert.Contains($"Verdict:  {outcome}", run.Out, StringComparison.Ordinal);
        Assert.Contains("(this rule is not valid under peeking)", run.Out, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("\"goodLimit\": 0.005", 3, "errors: 1 inconclusive checks, 0 are forgiven")]
    [InlineData("\"goodLimit\": 0.005, \"inconclusiveLimit\": 60", 3, "errors: 0 good checks of 1 needed")]
    [InlineData("\"checks\": 61", 3, "errors: 60 good checks of 61 needed")]
    [InlineData("\"checks\": 60", 0, "pass")]
    [InlineData("\"goodLimit\": 0.03", 2, "The policy of errors is wrong: its goodLimit is worse than its limit.")]
    [InlineData("\"failureLimit\": -1", 2, "The policy of errors is wrong: fewer lines than none are forgiven.")]
    [InlineData("\"checks\": 0", 2, "The policy of errors is wrong: it needs a check at least.")]
    public async Task The_limits_of_thresholds_are_those_of_the_policy(string limits, int code, string expected)
    {
        var text = $$"""{ "metrics": { "errors": { "limit": 0.02, {{limits}} } } }""";

        var run = await Judge(
            Errors(60, _ => 5),
            Errors(60, _ => 5),
            "--rule",
            "thresholds",
            "--policy",
            Write("policy.json", text)
        );

        Assert.Equal(code, run.Code);
        Assert.Contains(expected, run.Out + run.Error, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(5, 1, 0, "look 1 of 1: every metric is good enough (this rule is valid at its planned looks only)")]
    [InlineData(20, 1, 1, "look 1 of 1: errors is ")]
    [InlineData(5, 0, 2, "The policy's looks must be 1 to 100.")]
    public async Task The_group_sequential_rule_looks_when_it_was_planned(
        int errors,
        int looks,
        int code,
        string expected
    )
    {
        var policy = Write("policy.json", $$"""{ "minSoakSeconds": 60, "maxSoakSeconds": 300, "looks": {{looks}} }""");

        var run = await Judge(
            Errors(60, _ => 5),
            Errors(60, _ => errors),
            "--rule",
            "group-sequential",
            "--policy",
            policy
        );

        Assert.Equal(code, run.Code);
        Assert.Contains(expected, run.Out + run.Error, StringComparison.Ordinal);
    }

    [Fact]
    public async Task The_scores_of_ranks_are_those_of_the_policy()
    {
        var (good, bad) = (Errors(60, slot => 4 + (slot % 3)), Errors(60, slot => 20 + (slot % 2)));

        var lenient = await Judge(
            good,
            bad,
            "--rule",
            "mann-whitney",
            "--policy",
            Write("policy.json", """{ "marginal": 0, "pass": 0, "metrics": { "errors": { "weight": 1 } } }""")
        );
        var wrong = await Judge(
            good,
            bad,
            "--rule",
            "mann-whitney",
            "--policy",
            Write("policy.json", """{ "marginal": 80, "pass": 70 }""")
        );

        Assert.Equal((0, 2), (lenient.Code, wrong.Code));
        Assert.Contains("0 ≤ marginal ≤ pass ≤ 100", wrong.Error, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("requests,errors\n", "b.csv:1 has no column 'time'.")]
    [InlineData("time,requests,requests\n", "b.csv:1 has the column 'requests' twice.")]
    [InlineData("time,requests,errors\n", "b.csv:2 is missing: there is no data.")]
    [InlineData("time,requests,errors\nsoon,1,1\n", "b.csv:2 has the time 'soon', which is not understood.")]
    [InlineData("time,requests,errors\n1,1,one\n", "b.csv:2 has 'one' in column 'errors', which is no number.")]
    [InlineData("time,requests,errors\n1,1\n", "b.csv:2 has 2 cells, and the header 3.")]
    [InlineData("time,requests,errors\n\n1,1,1\n1,1,1\n", "b.csv:4 has the time 1 once more.")]
    [InlineData("time,requests\n1,1\n", "b.csv:1 has no column 'errors', and ")]
    public async Task Whatever_is_wrong_in_a_file_is_told_with_its_line_and_what_to_do(string canary, string expected)
    {
        var run = await Judge(Errors(3, _ => 5), canary, "--independent");

        Assert.Equal(2, run.Code);
        Assert.Contains(expected, run.Error, StringComparison.Ordinal);
        Assert.Contains("hint: ", run.Error, StringComparison.Ordinal);
        Assert.Equal("", run.Out);
    }

    [Theory]
    [InlineData("""{ "alfa": 0.1 }""", "policy.json:1 is no policy: ")]
    [InlineData("""{ "alpha": 0.7 }""", "alpha must be above 0 and below 0.5")]
    [InlineData("""{ "metrics": { "speed": {} } }""", "The policy has the metric 'speed'")]
    [InlineData("""{ "metrics": { "errors": { "ignore": true } } }""", "a.csv:1 has nothing to judge.")]
    public async Task Whatever_is_wrong_in_a_policy_is_told(string policy, string expected)
    {
        var run = await Judge(Errors(3, _ => 5), Errors(3, _ => 5), "--policy", Write("policy.json", policy));

        Assert.Equal(2, run.Code);
        Assert.Contains(expected, run.Error, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_file_that_is_not_there_is_told()
    {
        var run = await Orc("judge", "--baseline", "nowhere.csv", "--canary", "nowhere.csv");

        Assert.Equal(2, run.Code);
        Assert.Contains("'nowhere.csv' cannot be read", run.Error, StringComparison.Ordinal);
    }

    private Task<OrcRun> Judge(string baseline, string canary, params string[] arguments) =>
        Orc(["judge", "--baseline", Write("a.csv", baseline), "--canary", Write("b.csv", canary), .. arguments]);

    private static Task<OrcRun> Orc(params string[] arguments) =>
        OrcRun.WithVariables(new Dictionary<string, string>(StringComparer.Ordinal), arguments);

    private string Write(string name, string content)
    {
        var path = Path.Combine(_directory.FullName, name);
        File.WriteAllText(path, content);
        return path;
    }

    /// <summary>500 requests an interval.</summary>
    private static string Errors(int count, Func<int, int> errors) =>
        Lines("time,requests,errors", count, slot => $"500,{errors(slot)}");

    private static string Lines(string header, int count, Func<int, FormattableString> cells)
    {
        var text = new StringBuilder(header).Append('\n');
        for (var slot = 0; slot < count; slot++)
        {
            text.Append(Time(slot)).Append(',').Append(cells(slot).ToString(CultureInfo.InvariantCulture)).Append('\n');
        }

        return text.ToString();
    }

    private static string Time(int slot) =>
        new DateTime(2026, 3, 1, 0, 0, 0, DateTimeKind.Utc)
            .AddSeconds(10.0 * slot)
            .ToString("yyyy-MM-ddTHH:mm:ssZ", CultureInfo.InvariantCulture);
}
