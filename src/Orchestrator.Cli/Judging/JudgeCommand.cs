using System.CommandLine;
using Orchestrator.Cli.Api;
using Orchestrator.Core.Judging;

namespace Orchestrator.Cli.Judging;

/// <summary><c>orc judge</c>: works on files alone and asks no control plane.</summary>
internal static class JudgeCommand
{
    public static Command Create(Shell shell)
    {
        var baseline = FileOption("--baseline", "CSV file of the version that runs.");
        var canary = FileOption("--canary", "CSV file of the version that is judged, of the same times.");
        var began = new Option<DateTimeOffset?>("--began")
        {
            Description = "When the canary began; lines before it are the A/A phase. Else the first line.",
            HelpName = "TIME",
        };
        var policy = new Option<string?>("--policy")
        {
            Description = "JSON file of what is tolerated; docs/judging.md has its fields.",
            HelpName = "FILE",
        };
        var independent = new Option<bool>("--independent")
        {
            Description = "Take it that requests do not depend on each other, instead of an A/A phase.",
        };
        var rule = RuleOption();
        var command = new Command("judge", "Judge a canary by two files: 0 passes, 1 fails, 3 is undecided.")
        {
            baseline,
            canary,
            began,
            policy,
            independent,
            rule,
        };
        shell.AddExamples(
            command,
            "orc judge --baseline a.csv --canary b.csv --began 2026-03-01T12:00:00Z   # columns: time,requests,errors,cpu",
            "orc judge --baseline a.csv --canary b.csv --independent -o json          # without an A/A phase"
        );
        command.SetAction(
            async (parsed, cancellationToken) =>
            {
                var left = await ArmFile.ReadAsync(parsed.GetRequiredValue(baseline), cancellationToken);
                var right = await ArmFile.ReadAsync(parsed.GetRequiredValue(canary), cancellationToken);
                var file = parsed.GetValue(policy) is { } path
                    ? await JudgePolicyFile.ReadAsync(path, cancellationToken)
                    : new JudgePolicyFile();
                var inputs = JudgeFiles.Inputs(left, right, file, parsed.GetValue(began), parsed.GetValue(independent));
                var judged = Judge(parsed.GetRequiredValue(rule), inputs, file, left, right);
                shell.OutputOf(parsed).Show(judged, CliJson.Default.JudgedFiles, JudgedFiles.ToSheet);
                return CodeOf(judged);
            }
        );
        return command;
    }

    private static JudgedFiles Judge(
        string rule,
        JudgeInputs inputs,
        JudgePolicyFile policy,
        ArmFile baseline,
        ArmFile canary
    ) =>
        OtherRules.Judge(rule, inputs, policy) is { } verdict
            ? JudgedFiles.Of(rule, verdict, inputs, baseline, canary)
            : JudgedFiles.Of(CanaryJudge.Judge(inputs), baseline, canary);

    private static int CodeOf(JudgedFiles judged) =>
        judged.Outcome switch
        {
            "pass" => ExitCode.Done,
            "fail" => ExitCode.Failed,
            _ => ExitCode.WaitsForPerson,
        };

    private static Option<string> FileOption(string name, string description) =>
        new(name)
        {
            Description = description,
            HelpName = "FILE",
            Required = true,
        };

    private static Option<string> RuleOption() =>
        new Option<string>("--rule")
        {
            Description =
                "evidence; or thresholds, mann-whitney or group-sequential, which are not valid under peeking.",
            DefaultValueFactory = _ => JudgedFiles.Evidence,
        }.AcceptOnlyFromAmong(
            JudgedFiles.Evidence,
            OtherRules.Thresholds,
            OtherRules.Ranks,
            OtherRules.GroupSequential
        );
}
