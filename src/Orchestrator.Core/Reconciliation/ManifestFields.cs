using System.Collections.Immutable;
using System.Globalization;
using Orchestrator.Core.Catalog;

namespace Orchestrator.Core.Reconciliation;

/// <summary>
/// An object as sorted paths and values, to compare and to show: a record that holds a collection has no value equality.
/// </summary>
internal static class ManifestFields
{
    public static ImmutableSortedDictionary<string, string> Of(Pool pool) =>
        Sorted([
            .. pool.Selector.Select(label => ($"selector.{label.Key}", label.Value)),
            ("placement", pool.Preference == PoolPreference.Spread ? "spread" : "binpack"),
            .. CapacityRules.Lines(pool),
            .. StageTurns.Lines(pool),
        ]);

    public static ImmutableSortedDictionary<string, string> Of(Team team) =>
        Sorted(
            team.Quota.Select(limit =>
                (
                    $"quota.{QuotaResources.FieldOf(limit.Resource)}",
                    string.Create(CultureInfo.InvariantCulture, $"{limit.Most} {QuotaResources.UnitOf(limit.Resource)}")
                )
            )
        );

    public static ImmutableSortedDictionary<string, string> Of(Service service) =>
        Sorted([
            ("team", service.Team.Value),
            ("priority", Text(service.Priority)),
            .. RoutingFields.Of(service.Routing),
            .. Of(service.Template),
            .. Of(service.Dependencies),
        ]);

    public static ImmutableSortedDictionary<string, string> Of(ServiceVersion version) =>
        Sorted([("channel", version.Channel), .. Of(version.Template), .. Of(version.Dependencies)]);

    public static ImmutableSortedDictionary<string, string> Of(Line line) =>
        Sorted([
            ("service", line.Service.Value),
            .. line.Coupled.Select(
                (each, index) => ($"coupled[{Text(index)}]", $"{each.Service}{(each.IsOptional ? ", optional" : "")}")
            ),
            ("timetable.cron", line.Timetable.Cron),
            ("timetable.zone", line.Timetable.Zone),
            ("boarding.channel", line.Boarding.Channel),
            ("timetable.missed", line.Timetable.Missed == MissedDeparture.Skip ? "skip" : "catchUp"),
            ("boarding.cutOff", Text(line.Boarding.CutOff)),
            ("boarding.minAge", Text(line.Boarding.MinAge)),
            ("boarding.range", line.Boarding.Range?.Text ?? "(all)"),
            .. line.Route.SelectMany((stage, index) => Of(stage, $"route[{Text(index)}]")),
        ]);

    public static ImmutableSortedDictionary<string, string> Of(Window window) =>
        Sorted([
            ("effect", window.Effect == WindowEffect.Allow ? "allow" : "deny"),
            ("services", window.Services.IsEmpty ? "(all)" : string.Join(", ", window.Services)),
            ("stages", window.Stages.IsEmpty ? "(all)" : string.Join(", ", window.Stages)),
            ("zone", window.Zone),
            .. window.Recurring.Select(
                (each, index) => ($"recurring[{Text(index)}]", $"{each.Cron} lasts {Text(each.Lasts)}")
            ),
            .. window.Dated.Select((each, index) => ($"dated[{Text(index)}]", $"{each.From:s} until {each.Until:s}")),
            ("onClose", window.OnClose.ToString()),
            ("reason", window.Reason),
            ("haltedBy", window.HaltedBy ?? "(nobody)"),
        ]);

    /// <summary>Whether both say the same; their periods follow from that.</summary>
    public static bool IsSame(Window left, Window right) => Differences(Of(left), Of(right)).IsEmpty;

    /// <summary>Each <c>path: before → after</c>.</summary>
    public static ImmutableArray<string> Differences(
        ImmutableSortedDictionary<string, string> before,
        ImmutableSortedDictionary<string, string> after
    ) =>
        [
            .. before
                .Keys.Union(after.Keys, StringComparer.Ordinal)
                .Order(StringComparer.Ordinal)
                .Where(path => before.GetValueOrDefault(path) != after.GetValueOrDefault(path))
                .Select(path =>
                    $"{path}: {before.GetValueOrDefault(path, "(none)")} → {after.GetValueOrDefault(path, "(none)")}"
                ),
        ];

    private static IEnumerable<(string, string)> Of(InstanceTemplate template)
    {
        yield return ("kind", template.Kind.Word);
        if (template.Kind is ServiceKind.Batch batch)
        {
            yield return ("batch.completions", Text(batch.Completions));
            yield return ("batch.parallelism", Text(batch.Parallelism));
            yield return ("batch.retries", Text(batch.Retries));
            yield return ("batch.deadline", batch.Deadline is { } deadline ? Text(deadline) : "(none)");
        }

        yield return ("template.image", template.Image.ToString());
        yield return ("template.command", string.Join(' ', template.Command));
        foreach (var (name, value) in template.Environment)
        {
            yield return ($"template.env.{name}", value);
        }

        yield return ("template.resources.requests", Text(template.Request));
        yield return ("template.resources.limits", Text(template.Limit));
        foreach (var (index, asked) in template.BeyondCpuAndMemory().Index())
        {
            yield return ($"template.resources.others[{Text(index)}]", asked);
        }

        yield return ("template.port", Text(template.Port));
        yield return ("template.stopGrace", Text(template.StopGrace));
        foreach (var (index, setting) in template.Container.Lines().Index())
        {
            yield return ($"template.container[{Text(index)}]", setting);
        }

        foreach (var (index, rule) in template.Placement.Lines().Index())
        {
            yield return ($"template.placement[{Text(index)}]", rule);
        }

        foreach (var field in Of(template.Health, "health").Concat(Of(template.Liveness, "liveness")))
        {
            yield return field;
        }
    }

    private static IEnumerable<(string, string)> Of(HealthCheck? check, string name)
    {
        if (check is null)
        {
            yield break;
        }

        var at = $"template.{name}";
        yield return check.Question is { } question ? ($"{at}.asks", question.Line()) : ($"{at}.path", check.Path);
        yield return ($"{at}.interval", Text(check.Interval));
        yield return ($"{at}.timeout", Text(check.Timeout));
        yield return ($"{at}.unhealthyAfter", Text(check.UnhealthyAfter));
        if (check.Startup > TimeSpan.Zero)
        {
            yield return ($"{at}.startup", Text(check.Startup));
        }
    }

    private static IEnumerable<(string, string)> Of(ImmutableArray<Dependency> dependencies) =>
        dependencies.Select(dependency => ($"dependencies.{dependency.Service}", dependency.Range.Text));

    private static IEnumerable<(string, string)> Of(Stage stage, string at)
    {
        yield return ($"{at}.stage", stage.Name.Value);
        yield return ($"{at}.pool", stage.Pool.Value);
        yield return ($"{at}.count", stage.Count == 0 ? "(none)" : Text(stage.Count));
        foreach (var field in StrategyFields.Of(stage.Strategy, at))
        {
            yield return field;
        }

        yield return ($"{at}.approval", stage.Approval is { } gate ? Text(gate) : "(none)");
        foreach (var webhook in stage.Webhooks)
        {
            var before = webhook.Before == ApprovalPoint.Stage ? "stage" : "promotion";
            yield return (
                $"{at}.webhooks.{webhook.Name}.{before}",
                $"within {Text(webhook.Timeout)}, again after {Text(webhook.Every)}"
            );
        }

        yield return ($"{at}.judge.alpha", Text(stage.Judge.Alpha));
        yield return ($"{at}.judge.beta", Text(stage.Judge.Beta));
        yield return ($"{at}.judge.toleratedRatio", Text(stage.Judge.ToleratedRatio));
        yield return ($"{at}.judge.acceptableErrorRate", Text(stage.Judge.AcceptableErrorRate));
        foreach (var line in JudgeFields.Of(stage.Judge, $"{at}.judge"))
        {
            yield return line;
        }

        yield return ($"{at}.soak", Text(stage.Soak));
        yield return ($"{at}.holdAtMost", Text(stage.HoldAtMost));
    }

    private static string Text(ApprovalGate gate)
    {
        var before = $"before {(gate.Before == ApprovalPoint.Stage ? "stage" : "promotion")}";
        var many = gate.Count > 1 ? $", {Text(gate.Count)} people" : "";
        var groups = gate.Groups.IsEmpty ? "" : $" of {string.Join(" or ", gate.Groups)}";
        var publisher = gate.AllowsPublisher ? ", the publisher may" : "";
        return $"{before}{many}{groups}{publisher}, expires after {Text(gate.ExpiresAfter)}";
    }

    private static string Text(Resources resources) =>
        string.Create(CultureInfo.InvariantCulture, $"{resources.CpuMillicores}m, {resources.MemoryMebibytes}Mi");

    private static string Text(TimeSpan time) =>
        string.Create(CultureInfo.InvariantCulture, $"{time.TotalSeconds:0.###}s");

    private static string Text(int number) => number.ToString(CultureInfo.InvariantCulture);

    private static string Text(double number) => number.ToString("R", CultureInfo.InvariantCulture);

    private static ImmutableSortedDictionary<string, string> Sorted(IEnumerable<(string Path, string Value)> fields) =>
        fields.ToImmutableSortedDictionary(field => field.Path, field => field.Value, StringComparer.Ordinal);
}
