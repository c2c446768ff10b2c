using System.Collections.Immutable;
using Orchestrator.Core.Fleet;

namespace Orchestrator.Core.Reconciliation;

/// <summary>Programs that people run in instances. They change nothing here; the journal says who ran what.</summary>
internal static class ProgramRuns
{
    /// <summary>So that an entry stays readable.</summary>
    private const int MaxTold = 200;

    public static CellAnswer Note(CellDraft draft, CellInput.RunProgram asked, DateTimeOffset now)
    {
        if (draft.Instances.Find(asked.Instance) is not { } instance || instance.Phase is InstancePhase.Lost)
        {
            return new CellAnswer.Refused(
                RefusalKind.NotFound,
                "instance_unknown",
                $"There is no instance {asked.Instance}, or its host is lost.",
                "See the instances: orc get instances"
            );
        }

        draft.Record(now, asked.Actor, "instance.exec", asked.Instance.Value, Told(asked.Arguments));
        return new CellAnswer.Accepted(asked.Instance.Value, "noted");
    }

    private static string Told(ImmutableArray<string> arguments)
    {
        var text = string.Concat(
            string.Join(' ', arguments).Select(character => char.IsControl(character) ? ' ' : character)
        );
        return text.Length <= MaxTold ? text : text[..MaxTold] + "…";
    }
}
