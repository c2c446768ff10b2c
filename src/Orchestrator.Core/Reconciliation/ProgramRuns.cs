using System.Globalization;
using Orchestrator.Core.Fleet;

namespace Orchestrator.Core.Reconciliation;

/// <summary>
/// Programs that people run in instances, and files that they put there. They change nothing here; the journal says who did
/// what.
/// </summary>
internal static class ProgramRuns
{
    /// <summary>So that an entry stays readable.</summary>
    private const int MaxTold = 200;

    public static CellAnswer Note(CellDraft draft, CellInput.RunProgram asked, DateTimeOffset now) =>
        Note(draft, asked.Instance, asked.Actor, "instance.exec", string.Join(' ', asked.Arguments), now);

    public static CellAnswer Note(CellDraft draft, CellInput.CopyFile asked, DateTimeOffset now) =>
        Note(
            draft,
            asked.Instance,
            asked.Actor,
            "instance.copy",
            string.Create(CultureInfo.InvariantCulture, $"{asked.Bytes} bytes to {asked.Path}"),
            now
        );

    private static CellAnswer Note(
        CellDraft draft,
        InstanceId id,
        string actor,
        string action,
        string what,
        DateTimeOffset now
    )
    {
        if (draft.Instances.Find(id) is not { } instance || instance.Phase is InstancePhase.Lost)
        {
            return new CellAnswer.Refused(
                RefusalKind.NotFound,
                "instance_unknown",
                $"There is no instance {id}, or its host is lost.",
                "See the instances: orc get instances"
            );
        }

        draft.Record(now, actor, action, id.Value, Told(what));
        return new CellAnswer.Accepted(id.Value, "noted");
    }

    private static string Told(string what)
    {
        var text = string.Concat(what.Select(character => char.IsControl(character) ? ' ' : character));
        return text.Length <= MaxTold ? text : text[..MaxTold] + "…";
    }
}
