using Orchestrator.Cli.Following;
using Orchestrator.Contracts.Http;

namespace Orchestrator.Cli.Rendering.Sheets;

/// <summary>What single requests answer.</summary>
internal static class AnswerSheets
{
    private const string Unchanged = "unchanged";
    private static readonly string[] Columns = ["ACTION", "KIND", "NAME", "DIFFERENCES"];

    public static Sheet Action(ActionResult result) =>
        Sheet.Of(
            new Block.Line(
                result.Message.StartsWith(result.Subject, StringComparison.Ordinal)
                    ? result.Message
                    : $"{result.Subject}: {result.Message}"
            ),
            new Block.Next(result.Next)
        );

    /// <param name="next">The command that leads on; empty when there is none.</param>
    public static Sheet Changes(ApplyResult result, string next) =>
        Sheet.Of(
            new Block.Grid("", Columns, [.. result.Changes.SelectMany(RowsOf)], "The files hold no objects."),
            new Block.Line(Summary(result)),
            new Block.Next(next)
        );

    /// <summary>What changes of objects; nothing when none does.</summary>
    public static IEnumerable<Block> Objects(IReadOnlyList<ObjectChange> changes)
    {
        var changed = changes.Where(change => change.Action != Unchanged).ToList();
        if (changed.Count > 0)
        {
            yield return new Block.Grid("", Columns, [.. changed.SelectMany(RowsOf)], "");
        }
    }

    public static Sheet Published(PublishResult result, DateTimeOffset now) =>
        Sheet.Of(
            new Block.Line(Outcome(result)),
            new Block.Facts([
                ("Digest", result.Digest),
                ("Train", TrainOf(result)),
                ("Departs", Format.When(result.DepartsAt, now)),
            ]),
            new Block.Next(
                result switch
                {
                    { Train.Length: > 0 } => $"orc train status {result.Train}",
                    { Action: Unchanged } => $"orc get rollouts {result.Service}",
                    _ => $"orc describe line {result.Service}",
                }
            )
        );

    /// <summary>One sentence about what publishing came to.</summary>
    public static string Outcome(PublishResult result) =>
        result.Action == Unchanged
            ? $"{result.Service} {result.Version} was published before with the same content; nothing has changed."
            : $"{result.Service} {result.Version} is published.";

    public static Sheet Journey(Journey journey) =>
        Sheet.Of(new Block.Line(journey.Summary), new Block.Next(journey.Next));

    public static Sheet Journal(Page<JournalView> page, DateTimeOffset now) =>
        Sheet.Of(
            new Block.Grid(
                "",
                ["SEQUENCE", "AT", "ACTOR", "ACTION", "SUBJECT", "REASON"],
                [
                    .. page.Items.Select(entry =>
                        (string[])
                            [
                                Format.Number(entry.Sequence),
                                Format.When(entry.At, now),
                                entry.Actor,
                                entry.Action,
                                entry.Subject,
                                entry.Reason,
                            ]
                    ),
                ],
                "No journal entries."
            ),
            new Block.Advice(page.Items is [.., var last] ? $"orc journal --after {Format.Number(last.Sequence)}" : "")
        );

    public static Sheet Check(JournalCheck check) =>
        Sheet.Of(
            new Block.Line(
                check.IsIntact
                    ? $"The journal is intact: {Format.Number(check.Entries)} entries, every hash fits."
                    : $"THE JOURNAL IS BROKEN at entry {Format.Number(check.BrokenAt)} of {Format.Number(check.Entries)}: it was changed after it was written."
            ),
            new Block.Next(
                check.IsIntact
                    ? ""
                    : $"orc journal --after {Format.Number(Math.Max(0, check.BrokenAt - 2))} --limit 3 -o json"
            )
        );

    public static Sheet Tokens(Page<TokenView> page, DateTimeOffset now) =>
        Sheet.Of(
            new Block.Grid(
                "",
                ["ID", "NAME", "ROLES", "CREATED"],
                [
                    .. page.Items.Select(token =>
                        (string[])
                            [token.Id, token.Name, string.Join(", ", token.Roles), Format.When(token.CreatedAt, now)]
                    ),
                ],
                "No tokens. Create one: orc token create NAME --role viewer"
            ),
            new Block.Advice(page.Items is [var first, ..] ? $"orc token revoke {first.Id}" : "")
        );

    public static Sheet Token(TokenView token, DateTimeOffset now) =>
        Sheet.Of(
            new Block.Facts([
                ("Id", token.Id),
                ("Name", token.Name),
                ("Roles", string.Join(", ", token.Roles)),
                ("Created", Format.When(token.CreatedAt, now)),
            ]),
            new Block.Next($"orc token revoke {token.Id}")
        );

    public static Sheet Token(TokenCreated token) =>
        Sheet.Of(
            new Block.Facts([
                ("Id", token.Id),
                ("Name", token.Name),
                ("Roles", string.Join(", ", token.Roles)),
                ("Secret", token.Secret),
            ]),
            new Block.Line("The secret is shown only now; the control plane keeps a hash of it."),
            new Block.Next($"ORC_TOKEN={token.Secret} orc whoami")
        );

    public static Sheet WhoAmI(WhoAmI who) =>
        Sheet.Of(
            new Block.Facts([("Name", who.Name), ("Roles", string.Join(", ", who.Roles))]),
            new Block.Next("orc status")
        );

    private static string TrainOf(PublishResult result) =>
        result switch
        {
            { Train.Length: > 0 } => result.Train,
            // Most have travelled long ago.
            { Action: Unchanged } => "",
            _ => "none now: too late for the one that boards, no newer than what runs, of another channel, or no line",
        };

    private static IEnumerable<IReadOnlyList<string>> RowsOf(ObjectChange change) =>
        change.Differences.Count == 0
            ?
            [
                [change.Action, change.Kind, change.Name, ""],
            ]
            : change.Differences.Select(
                (difference, index) =>
                    index == 0
                        ? (string[])[change.Action, change.Kind, change.Name, difference]
                        : ["\"", "\"", "\"", difference]
            );

    private static string Summary(ApplyResult result) =>
        string.Join(
            ", ",
            result
                .Changes.GroupBy(change => change.Action, StringComparer.Ordinal)
                .OrderBy(group => group.Key, StringComparer.Ordinal)
                .Select(group => $"{Format.Number(group.Count())} {group.Key}")
        );
}
