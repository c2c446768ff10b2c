using System.CommandLine;
using Orchestrator.Cli.Api;
using Orchestrator.Cli.Commands;
using Orchestrator.Cli.Rendering.Sheets;
using Orchestrator.Contracts.Http;

namespace Orchestrator.Cli.Notes;

/// <summary><c>orc notes</c>: what a train or a version brings.</summary>
internal static class NotesCommand
{
    public static Command Create(Shell shell)
    {
        var of = Parts.Name("of", "Train (checkoutservice/118), or a service.");
        var from = Parts.Text("--from", "VERSION", "Of a service: since this one. Else what runs at the stage.");
        var to = Parts.Text("--to", "VERSION", "Of a service: up to this one. Else the newest.");
        var stage = Parts.Text(
            "--stage",
            "STAGE",
            "Beside what runs there. Else a train's first stage, a line's last."
        );
        var git = Parts.Text("--git", "DIR", "List the commits' subjects out of this clone.");
        var command = new Command("notes", "Show what a train or a version brings: versions, commits, configuration.")
        {
            of,
            from,
            to,
            stage,
            git,
        };
        shell.AddExamples(
            command,
            "orc notes checkoutservice/118 --stage prod              # every car of a train",
            "orc notes checkoutservice                               # what prod does not have yet",
            "orc notes checkoutservice --from 1.1.0 --to 1.3.0 --git ~/src/checkout"
        );
        command.Validators.Add(result =>
        {
            var isTrain = result.GetValue(of)?.Contains('/', StringComparison.Ordinal) ?? false;
            if (isTrain && (result.GetResult(from) is not null || result.GetResult(to) is not null))
            {
                result.AddError("A train's versions are what they are: --from and --to are for services.");
            }
        });
        shell.OnRun(
            command,
            async (session, parsed, cancellationToken) =>
            {
                var name = parsed.GetRequiredValue(of);
                var path = name.Contains('/', StringComparison.Ordinal)
                    ? Paths.Query(Paths.TrainNotes(name), ("stage", parsed.GetValue(stage)))
                    : Paths.Query(
                        Paths.ServiceNotes(name),
                        ("from", parsed.GetValue(from)),
                        ("to", parsed.GetValue(to)),
                        ("stage", parsed.GetValue(stage))
                    );
                var notes = await session.Api.GetAsync(path, CliJson.Default.NotesView, cancellationToken);
                var log = parsed.GetValue(git) is { } directory
                    ? await LogAsync(notes, directory, cancellationToken)
                    : [];
                session.Output.Show(
                    new LoggedNotes(notes.Of, notes.Stage, notes.Cars, log),
                    CliJson.Default.LoggedNotes,
                    NotesSheets.Of
                );
                return ExitCode.Done;
            }
        );
        return command;
    }

    /// <summary>Cars of one train may be of several repositories: those that the clone does not have are left out, unless it has none.</summary>
    private static async Task<IReadOnlyList<CommitLog>> LogAsync(
        NotesView notes,
        string directory,
        CancellationToken cancellationToken
    )
    {
        var clone = new GitClone(directory);
        var logs = new List<CommitLog>();
        var missing = new List<string>();
        foreach (var car in notes.Cars)
        {
            if (car.Commits is not { } range)
            {
                continue;
            }

            string[] ends = [.. new[] { range.From, range.To }.Where(end => end.Length > 0)];
            var lacking = new List<string>();
            foreach (var end in ends)
            {
                if (!await clone.HasAsync(end, cancellationToken))
                {
                    lacking.Add(end);
                }
            }

            if (lacking.Count > 0)
            {
                missing.Add($"{string.Join(" and ", lacking)} of {range.Repository} ({car.Service})");
                continue;
            }

            var commits = await clone.LogAsync(range.From, range.To, cancellationToken);
            logs.Add(
                new CommitLog(car.Service, [.. commits.Take(GitClone.MaxCommits)], commits.Count > GitClone.MaxCommits)
            );
        }

        return logs.Count > 0 || missing.Count == 0
            ? logs
            : throw new CommandFailedException(
                ExitCode.Failed,
                $"{directory} does not have {string.Join(", nor ", missing)}.",
                $"Fetch them: git -C {directory} fetch --all"
            );
    }
}
