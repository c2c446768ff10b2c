using System.Collections.Immutable;
using System.Diagnostics;
using System.Globalization;
using Orchestrator.Core;
using Orchestrator.Core.Catalog;
using Orchestrator.Core.Reconciliation;

namespace Orchestrator.Benchmarks;

/// <summary>How long it takes to find out whether a version suits all that runs at a stage.</summary>
internal static class DependencyChecks
{
    private const int Services = 2_000;
    private const int NeedsEach = 10;
    private const int Checks = 2_000;

    private const string Workload =
        "does a version suit all who need it at a stage: 2,000 services, each needs 10 others, the last one found does not; one check after the other, each of another service";

    private static readonly StageName Prod = StageName.Parse("prod");
    private static readonly SemanticVersion Current = SemanticVersion.Parse("1.0.0");
    private static readonly SemanticVersion Next = SemanticVersion.Parse("2.0.0");
    private static readonly DateTimeOffset Start = new(2026, 3, 2, 9, 0, 0, TimeSpan.Zero);

    public static IEnumerable<Figure> Measure()
    {
        var draft = CellDraft.From(ACell(), CellSettings.Distributed, epoch: 1, Start);
        Check(draft);
        var ticks = Check(draft);
        Array.Sort(ticks);
        foreach (var (metric, share) in new[] { ("p50_ms", 0.5), ("p99_ms", 0.99) })
        {
            var milliseconds = ticks[(int)(ticks.Length * share)] * 1e3 / Stopwatch.Frequency;
            yield return new Figure("dependencies", metric, Math.Round(milliseconds, 4), "ms", Workload, "");
        }
    }

    private static long[] Check(CellDraft draft)
    {
        var ticks = new long[Checks];
        for (var number = 0; number < Checks; number++)
        {
            var service = ServiceOf(number);
            var start = Stopwatch.GetTimestamp();
            var conflict = Dependencies.Conflict(draft, service, Next, Prod);
            ticks[number] = Stopwatch.GetTimestamp() - start;
            if (conflict is null)
            {
                throw new InvalidOperationException($"{service} {Next} suits everybody.");
            }
        }

        return ticks;
    }

    private static Cell ACell()
    {
        var services = Enumerable.Range(0, Services).ToList();
        return Cell.Empty with
        {
            Versions = services
                .Select(Version)
                .ToImmutableSortedDictionary(
                    version => new VersionKey(version.Service, version.Number),
                    version => version
                ),
            Deployments = services
                .Select(number => new Deployment
                {
                    Service = ServiceOf(number),
                    Stage = Prod,
                    Pool = PoolName.Parse("default"),
                    Current = Current,
                    Targets = [],
                    NextInstanceNumber = 1,
                    Unplaced = "",
                })
                .ToImmutableSortedDictionary(each => new DeploymentKey(each.Service, each.Stage), each => each),
        };
    }

    private static ServiceVersion Version(int number) =>
        new()
        {
            Service = ServiceOf(number),
            Number = Current,
            Channel = "stable",
            Template = ConductedCell.Job(number, new Resources(100, 64), "all").Template,
            Dependencies =
            [
                .. Enumerable
                    .Range(1, NeedsEach)
                    .Select(step => new Dependency(
                        ServiceOf((number + (step * step)) % Services),
                        step == NeedsEach ? Below(Next) : Below(SemanticVersion.Parse("3.0.0"))
                    )),
            ],
            PublishedBy = "bench",
            PublishedAt = Start,
        };

    private static VersionRange Below(SemanticVersion end) =>
        new(
            $"<{end}",
            [
                new VersionInterval(
                    Minimum: null,
                    IncludesMinimum: true,
                    end,
                    IncludesMaximum: false,
                    IncludesPrereleases: false
                ),
            ]
        );

    private static ServiceName ServiceOf(int number) =>
        ServiceName.Parse(string.Create(CultureInfo.InvariantCulture, $"s{number:D4}"));
}
