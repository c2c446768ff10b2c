using System.Globalization;
using Orchestrator.Contracts.Http;

namespace Orchestrator.Cli.Rendering.Sheets;

/// <summary>Why things are placed as they are, and what changes would come to.</summary>
internal static class PlacementSheets
{
    /// <summary>Of a large fleet more is noise; <c>--host</c> and <c>-o json</c> tell the rest.</summary>
    private const int MaxHosts = 10;

    /// <summary>A row stays a row.</summary>
    private const int MaxHostsInCell = 6;

    public static Sheet Explain(ExplainView explain)
    {
        var name = $"{explain.Service}.{explain.Stage}";
        return Sheet.Of(
            new Block.Facts([
                ("Service", name),
                ("Version", explain.Version),
                ("Hosts", $"{Format.OutOf(explain.Fitting, explain.Hosts)} fit"),
                ("One more goes to", explain.Chosen is { } chosen ? Score(chosen) : "nowhere"),
                ("Runner-up", explain.RunnerUp is { } second ? Score(second) : ""),
                ("Nearest miss", explain.NearestMiss),
                ("Preemption", explain.Preemption),
                ("Missing because", explain.Missing),
                ("Quota", explain.Quota),
            ]),
            Parts(explain.Chosen, explain.RunnerUp),
            new Block.Grid(
                "Refusals, by the first reason",
                ["REASON", "HOSTS"],
                [
                    .. explain
                        .Refusals.OrderByDescending(refusal => refusal.Value)
                        .ThenBy(refusal => refusal.Key, StringComparer.Ordinal)
                        .Select(refusal => (string[])[refusal.Key, Format.Number(refusal.Value)]),
                ],
                ""
            ),
            new Block.Grid("Hosts, best first", ["HOST", "SCORE", "REASONS AGAINST IT"], [.. Hosts(explain)], ""),
            new Block.Next(explain.PerHost is [.., var last] ? $"orc explain {name} --host {last.Host}" : "orc hosts")
        );
    }

    public static Sheet Explain(HostAnswerView answer)
    {
        var name = $"{answer.Service}.{answer.Stage}";
        return Sheet.Of(
            new Block.Line(
                answer.Score is { } score
                    ? $"One more instance of {name} fits on {Score(score)}."
                    : $"{answer.Host} takes no more instance of {name}:"
            ),
            Parts(answer.Score, second: null),
            new Block.Grid("", ["REASON AGAINST IT"], [.. answer.Reasons.Select(reason => (string[])[reason])], ""),
            new Block.Next($"orc explain {name}")
        );
    }

    public static Sheet Explain(InstanceExplainView explain, DateTimeOffset now) =>
        Sheet.Of(
            FleetSheets.InstanceFacts(explain.Instance),
            new Block.Facts([
                ("Placed", Format.When(explain.PlacedAt, now)),
                ("Decided", explain.Decision.Length > 0 ? explain.Decision : "the journal says no more of it"),
                ("Today", Today(explain)),
            ]),
            Parts(explain.Now, explain.Best is { } best && best.Host != explain.Instance.Host ? best : null),
            new Block.Grid(
                "",
                ["REASON AGAINST ITS HOST TODAY"],
                [.. explain.Reasons.Select(reason => (string[])[reason])],
                ""
            ),
            new Block.Next($"orc explain {explain.Instance.Service}.{explain.Instance.Stage}")
        );

    /// <param name="next">What leads on once the plan is liked; empty when there is nothing.</param>
    public static Sheet Plan(PlanView plan, string next) =>
        Sheet.Of([
            .. AnswerSheets.Objects(plan.Objects),
            new Block.Grid(
                "",
                ["SERVICE.STAGE", "VERSION", "INSTANCES", "PLACED", "STOPPED", "SURGE", "NO PLACE"],
                [.. plan.Deployments.Select(RowOf)],
                "No instance would be placed, moved or stopped."
            ),
            .. plan
                .Deployments.Where(each => each.Unplaced > 0)
                .GroupBy(each => each.Reason, StringComparer.Ordinal)
                .Select(group => new Block.Line(Missing(group.Key, [.. group]))),
            .. plan.Notes.Select(note => new Block.Line($"Note: {note}")),
            new Block.Line(
                $"{Summary(plan)} Planned on the state of {Format.Time(plan.StateAt)} (revision {plan.StateRevision}); nothing has changed."
            ),
            new Block.Next(Next(plan, next)),
        ]);

    private static string Next(PlanView plan, string next) =>
        plan.Deployments.FirstOrDefault(each => each.Unplaced > 0) is { } missing && missing.Before > 0
            ? $"orc explain {missing.Service}.{missing.Stage}"
            : next;

    /// <summary>Where a host is missed, many miss it for the same reason.</summary>
    private static string Missing(string reason, IReadOnlyList<DeploymentPlanView> plans)
    {
        const int named = 5;
        var names = string.Join(", ", plans.Take(named).Select(plan => $"{plan.Service}.{plan.Stage}"));
        var more = plans.Count > named ? $" and {Format.Number(plans.Count - named)} more" : "";
        return $"Without a place: {Format.Count(plans.Sum(plan => plan.Unplaced), "instance")} of {names}{more}{Format.Because(reason)}";
    }

    private static string Summary(PlanView plan) =>
        plan switch
        {
            { IsComplete: false } => "THE PLAN WAS CUT OFF for its size: this is how far the fleet had come.",
            { IsPlaceable: true, Deployments.Count: 0 } => "The fleet stays as it is.",
            { IsPlaceable: true } => "Everything finds a place.",
            _ => $"{Format.Count(plan.Deployments.Sum(each => each.Unplaced), "instance")} would be without a place.",
        };

    private static string[] RowOf(DeploymentPlanView plan) =>
        [
            $"{plan.Service}.{plan.Stage}",
            (plan.FromVersion, plan.ToVersion) switch
            {
                ("", var to) => $"new {to}",
                var (from, to) => from == to ? from : $"{from} → {to}",
            },
            $"{Format.Number(plan.Before)} → {Format.Number(plan.After)}",
            Counts(plan.Placed),
            Counts(plan.Stopped),
            plan.Surge == 0
                ? ""
                : string.Create(
                    CultureInfo.InvariantCulture,
                    $"+{plan.Surge} ({plan.SurgeCpuMillicores}m, {plan.SurgeMemoryMebibytes}Mi)"
                ),
            plan.Unplaced == 0 ? "" : Format.Number(plan.Unplaced),
        ];

    private static string Counts(IReadOnlyList<HostCountView> counts)
    {
        var shown = counts
            .Take(MaxHostsInCell)
            .Select(each => string.Create(CultureInfo.InvariantCulture, $"{each.Host} ×{each.Count}"));
        var rest = counts.Skip(MaxHostsInCell).ToList();
        return string.Join(", ", shown)
            + (
                rest.Count == 0
                    ? ""
                    : string.Create(
                        CultureInfo.InvariantCulture,
                        $", ×{rest.Sum(each => each.Count)} on {rest.Count} more"
                    )
            );
    }

    private static string Today(InstanceExplainView explain) =>
        (explain.Now, explain.Best) switch
        {
            (null, null) => "no host would take it",
            (null, { } best) => $"{explain.Instance.Host} would refuse it, and it would go to {Score(best)}",
            ({ } own, { } best) when best.Host != own.Host =>
                $"it would go to {Score(best)}; its own host is {Score(own)}. Nothing moves for that alone",
            ({ } own, _) => $"it would go there again: {Score(own)}",
        };

    private static string Score(HostScoreView score) =>
        string.Create(CultureInfo.InvariantCulture, $"{score.Host} (score {score.Score} of 1000)");

    /// <summary>Alike for all hosts but for their points: so the second is a column beside the first.</summary>
    private static Block.Grid Parts(HostScoreView? first, HostScoreView? second)
    {
        if (first is null)
        {
            return new Block.Grid("", ["PART"], [], "");
        }

        return new Block.Grid(
            second is null ? $"Score of {first.Host}" : $"Score of {first.Host}, beside {second.Host}",
            ["PART", "POINTS", "OF", "WEIGHT", "WEIGHTED", .. second is null ? (string[])[] : [second.Host]],
            [
                .. first.Parts.Select((part, at) => PartRow(part, second?.Parts.ElementAtOrDefault(at))),
                TotalRow(first, second),
            ],
            ""
        );
    }

    private static string[] PartRow(ScorePartView part, ScorePartView? beside) =>
        [
            part.Name,
            Format.Number(part.Points),
            Format.Number(part.Most),
            Format.Number(part.Weight),
            Format.Number((long)part.Points * part.Weight),
            .. beside is null ? (string[])[] : [Format.Number((long)beside.Points * beside.Weight)],
        ];

    private static string[] TotalRow(HostScoreView first, HostScoreView? second) =>
        [
            "score = sum / weight",
            Format.Number(first.Score),
            "1000",
            Format.Number(first.Weight),
            Format.Number(first.Points),
            .. second is null ? (string[])[] : [Format.Number(second.Points)],
        ];

    private static IEnumerable<string[]> Hosts(ExplainView explain)
    {
        foreach (var host in explain.PerHost.Take(MaxHosts))
        {
            yield return
            [
                host.Host,
                host.Reasons.Count == 0 ? Format.Number(host.Score) : "",
                string.Join(" ", host.Reasons),
            ];
        }

        if (explain.PerHost.Count > MaxHosts)
        {
            yield return ["…", "", $"{Format.Number(explain.PerHost.Count - MaxHosts)} more: -o json, or --host HOST"];
        }
    }
}
