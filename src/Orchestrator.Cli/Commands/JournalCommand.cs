using System.CommandLine;
using Orchestrator.Cli.Api;
using Orchestrator.Cli.Following;
using Orchestrator.Cli.Rendering;
using Orchestrator.Cli.Rendering.Sheets;
using Orchestrator.Contracts.Http;

namespace Orchestrator.Cli.Commands;

/// <summary><c>orc journal</c>, which many know as <c>orc audit</c>: who decided what, and why.</summary>
internal static class JournalCommand
{
    private const long DefaultLimit = 50;

    public static Command Create(Shell shell)
    {
        var after = Parts.Count("--after", "Entries after this sequence number. Else the last ones.");
        var limit = Parts.Count("--limit", $"How many at most, up to 1000. Default {DefaultLimit}.");
        var follow = Parts.Flag("--follow", "Then print new entries as they come, until Ctrl+C.");
        follow.Aliases.Add("-F");
        var command = new Command("journal", "Show the last decisions: who or what, why, and about which object.")
        {
            after,
            limit,
            follow,
            CreateVerify(shell),
        };
        command.Aliases.Add("audit");
        shell.AddExamples(
            command,
            "orc journal --limit 200",
            "orc journal --after 0                        # from the first entry on",
            "orc journal --follow -o json | jq 'select(.actor != \"conductor\")'",
            "orc journal verify                           # or: orc audit verify"
        );
        shell.OnRun(
            command,
            async (session, parsed, cancellationToken) =>
            {
                var count = parsed.GetValue(limit) ?? DefaultLimit;
                var start =
                    parsed.GetValue(after)
                    ?? Math.Max(0, await JournalEnd.FindAsync(session.Api, cancellationToken) - count);
                var page = await JournalEnd.ReadAsync(session.Api, start, count, cancellationToken);
                if (parsed.GetValue(follow))
                {
                    var pace = new Pace(session.Surroundings.Time, session.Output, timeout: null);
                    await FollowAsync(session, pace, page, start, cancellationToken);
                    return ExitCode.Done;
                }

                var now = session.Surroundings.Time.GetUtcNow();
                session.Output.Show(page, CliJson.Default.PageJournalView, items => AnswerSheets.Journal(items, now));
                return ExitCode.Done;
            }
        );
        return command;
    }

    private static Command CreateVerify(Shell shell)
    {
        var command = new Command(
            "verify",
            "Check the hash chain: 0 when nothing was changed afterwards, 1 when it was."
        );
        shell.OnRun(
            command,
            async (session, _, cancellationToken) =>
            {
                var check = await session.Api.GetAsync(
                    Paths.JournalCheck,
                    CliJson.Default.JournalCheck,
                    cancellationToken
                );
                session.Output.Show(check, CliJson.Default.JournalCheck, AnswerSheets.Check);
                return check.IsIntact ? ExitCode.Done : ExitCode.Failed;
            }
        );
        return command;
    }

    private static async Task FollowAsync(
        Session session,
        Pace pace,
        Page<JournalView> first,
        long after,
        CancellationToken cancellationToken
    )
    {
        var page = first;
        var last = after;
        while (!cancellationToken.IsCancellationRequested)
        {
            foreach (var entry in page.Items)
            {
                ShowNext(session.Output, entry);
                last = Math.Max(last, entry.Sequence);
            }

            if (page.Items.Count == 0)
            {
                await pace.WaitAsync(cancellationToken);
            }

            var from = last;
            page = await pace.ReadAsync(
                token => JournalEnd.ReadAsync(session.Api, from, limit: null, token),
                cancellationToken
            );
        }
    }

    private static void ShowNext(Output output, JournalView entry)
    {
        if (output.IsTable)
        {
            output.Say(
                $"{Format.Number(entry.Sequence)}  {Format.Clock(entry.At)}  {entry.Actor}  {entry.Action}  {entry.Subject}{Format.Because(entry.Reason)}"
            );
        }
        else
        {
            output.ShowNext(entry, CliJson.Default.JournalView);
        }
    }
}
