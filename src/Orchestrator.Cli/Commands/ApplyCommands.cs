using System.CommandLine;
using Orchestrator.Cli.Api;
using Orchestrator.Cli.Rendering;
using Orchestrator.Cli.Rendering.Sheets;
using Orchestrator.Contracts.Http;

namespace Orchestrator.Cli.Commands;

/// <summary><c>orc apply</c> and <c>orc diff</c>.</summary>
internal static class ApplyCommands
{
    private const string Unchanged = "unchanged";

    public static IEnumerable<Command> Create(Shell shell) => [CreateApply(shell), CreateDiff(shell)];

    private static Command CreateApply(Shell shell)
    {
        var files = Files();
        var plan = Parts.Text("--plan", "ID", "Plan id of `orc diff`: refused (6) if the state has moved since.");
        var dryRun = Parts.Flag("--dry-run", "Show what would change, like `orc diff`, and change nothing.");
        var command = new Command("apply", "Create and change what manifests describe: services, lines, stages, hosts.")
        {
            files,
            plan,
            dryRun,
        };
        shell.AddExamples(
            command,
            "orc apply -f services/Samples/boutique",
            "orc apply -f checkout.yaml -f payments.yaml",
            "cat checkout.yaml | orc apply -f -",
            "orc diff -f checkout.yaml && orc apply -f checkout.yaml --plan 4f2a91"
        );
        shell.OnRun(
            command,
            (session, parsed, cancellationToken) =>
                parsed.GetValue(dryRun)
                    ? DiffAsync(session, parsed.GetRequiredValue(files), cancellationToken)
                    : ApplyAsync(session, parsed.GetRequiredValue(files), parsed.GetValue(plan), cancellationToken)
        );
        return command;
    }

    private static Command CreateDiff(Shell shell)
    {
        var files = Files();
        var command = new Command(
            "diff",
            "Show what `orc apply` would change, and the plan id that makes it change exactly that."
        )
        {
            files,
        };
        shell.AddExamples(command, "orc diff -f services/", "orc diff -f checkout.yaml -o json");
        shell.OnRun(
            command,
            (session, parsed, cancellationToken) =>
                DiffAsync(session, parsed.GetRequiredValue(files), cancellationToken)
        );
        return command;
    }

    internal static Option<string[]> Files() =>
        new("--file", "-f")
        {
            Description = "Manifests: files, directories, or - for standard input. May be repeated.",
            HelpName = "FILE|DIR",
            Required = true,
            AllowMultipleArgumentsPerToken = true,
        };

    private static async Task<int> ApplyAsync(
        Session session,
        string[] names,
        string? planId,
        CancellationToken cancellationToken
    )
    {
        var result = await PostAsync(session, Paths.Apply, names, planId, cancellationToken);
        session.Output.Show(
            result,
            CliJson.Default.ApplyResult,
            changes => AnswerSheets.Changes(changes, "orc get services")
        );
        return ExitCode.Done;
    }

    private static async Task<int> DiffAsync(Session session, string[] names, CancellationToken cancellationToken)
    {
        var result = await PostAsync(session, Paths.Diff, names, planId: null, cancellationToken);
        session.Output.Show(
            result,
            CliJson.Default.ApplyResult,
            changes => AnswerSheets.Changes(changes, CommandFor(changes, names))
        );
        return ExitCode.Done;
    }

    private static string CommandFor(ApplyResult result, string[] names) =>
        result.Changes.All(change => change.Action == Unchanged)
            ? ""
            : $"orc apply{string.Concat(names.Select(name => $" -f {Format.Argument(name)}"))} --plan {Format.Argument(result.PlanId)}";

    private static async Task<ApplyResult> PostAsync(
        Session session,
        string path,
        string[] names,
        string? planId,
        CancellationToken cancellationToken
    )
    {
        var files = await ManifestFiles.ReadAsync(names, session.Surroundings.In, cancellationToken);
        return await session.Api.PostAsync(
            path,
            new ApplyRequest { Files = files, PlanId = planId },
            CliJson.Default.ApplyRequest,
            CliJson.Default.ApplyResult,
            cancellationToken
        );
    }
}
