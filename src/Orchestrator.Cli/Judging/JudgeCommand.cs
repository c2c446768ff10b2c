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
        var command = new Command("judge", "Judge a canary by two files: 0 passes, 1 fails, 3 is undecided.")
        {
            baseline,
            canary,
            began,
            policy,
            independent,
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
                return Show(shell, parsed, CanaryJudge.Judge(inputs), left, right);
            }
        );
        return command;
    }

    private static int Show(Shell shell, ParseResult parsed, Judgement judgement, ArmFile baseline, ArmFile canary)
    {
        shell
            .OutputOf(parsed)
            .Show(JudgedFiles.Of(judgement, baseline, canary), CliJson.Default.JudgedFiles, JudgedFiles.ToSheet);
        return judgement.Outcome switch
        {
            JudgementOutcome.Pass => ExitCode.Done,
            JudgementOutcome.Fail => ExitCode.Failed,
            _ => ExitCode.WaitsForPerson,
        };
    }

    private static Option<string> FileOption(string name, string description) =>
        new(name)
        {
            Description = description,
            HelpName = "FILE",
            Required = true,
        };
}
