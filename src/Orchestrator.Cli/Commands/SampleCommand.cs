using System.CommandLine;
using System.Globalization;
using Orchestrator.Cli.Api;
using Orchestrator.Cli.Following;
using Orchestrator.Cli.Rendering.Sheets;
using Orchestrator.Contracts.Http;

namespace Orchestrator.Cli.Commands;

/// <summary><c>orc sample</c>: what a CI job or a probe measured of a canary.</summary>
internal static class SampleCommand
{
    public static Command Create(Shell shell)
    {
        var name = Parts.Name(
            "id",
            "Rollout (checkoutservice/118/prod); or a train or service with one active rollout."
        );
        var metric = Parts.Name("metric", "As judge.metrics of the line's manifest calls it.");
        var canary = Arm("--canary", "Of the new version: HITS/TOTAL of a share, such as 3/120; a number of a level.");
        var control = Arm("--control", "Of the old version in the same time, likewise.");
        var last = Parts.Duration("--last", "The time that was measured, up to now. Such as 30s, 5m.", otherwise: null);
        var from = Time("--from", "When it began, instead of --last.");
        var to = Time("--to", "When it ended. Default now.");
        var command = new Command("sample", "Send what was measured of a canary and its control.")
        {
            name,
            metric,
            canary,
            control,
            last,
            from,
            to,
        };
        shell.AddExamples(
            command,
            "orc sample checkoutservice payments-lost --canary 3/120 --control 9/1080 --last 1m",
            "orc sample checkoutservice/118/prod cpu --canary 0.41 --control 0.40 --from 2026-03-01T12:00:00Z --to 2026-03-01T12:01:00Z"
        );
        shell.OnRun(
            command,
            async (session, parsed, cancellationToken) =>
            {
                var until = parsed.GetValue(to) ?? session.Surroundings.Time.GetUtcNow();
                var since = parsed.GetValue(from) ?? until - (parsed.GetValue(last) ?? throw NoTime());
                var (id, _) = await new RolloutTarget(session).ResolveAsync(
                    parsed.GetRequiredValue(name),
                    "sample",
                    rollout => !rollout.IsFinished,
                    "is active",
                    cancellationToken
                );
                var result = await session.Api.PostAsync(
                    Paths.RolloutAction(id, "samples"),
                    new SampleRequest
                    {
                        Metric = parsed.GetRequiredValue(metric),
                        From = since,
                        To = until,
                        Canary = Read("--canary", parsed.GetRequiredValue(canary)),
                        Control = Read("--control", parsed.GetRequiredValue(control)),
                    },
                    CliJson.Default.SampleRequest,
                    CliJson.Default.ActionResult,
                    cancellationToken
                );
                session.Output.Show(result, CliJson.Default.ActionResult, AnswerSheets.Action);
                return ExitCode.Done;
            }
        );
        return command;
    }

    private static ArmSample Read(string option, string text)
    {
        var parts = text.Split('/');
        if (
            parts.Length == 2
            && long.TryParse(parts[0], NumberStyles.None, CultureInfo.InvariantCulture, out var hits)
            && long.TryParse(parts[1], NumberStyles.None, CultureInfo.InvariantCulture, out var total)
        )
        {
            return new ArmSample { Hits = hits, Total = total };
        }

        return
            parts.Length == 1
            && double.TryParse(text, NumberStyles.Float, CultureInfo.InvariantCulture, out var value)
            && double.IsFinite(value)
            ? new ArmSample { Value = value }
            : throw new CommandFailedException(
                ExitCode.Usage,
                $"'{text}' is no sample ({option}).",
                "Write HITS/TOTAL, such as 3/120, or a number, such as 0.41."
            );
    }

    private static CommandFailedException NoTime() =>
        new(ExitCode.Usage, "Of which time is it?", "Write --last 1m, or --from and --to.");

    private static Option<string> Arm(string name, string description) =>
        new(name)
        {
            Description = description,
            HelpName = "NUMBERS",
            Required = true,
        };

    private static Option<DateTimeOffset?> Time(string name, string description) =>
        new(name) { Description = description, HelpName = "TIME" };
}
