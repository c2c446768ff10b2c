using System.Globalization;
using System.Text;
using Orchestrator.Core.Catalog;
using Orchestrator.Core.Fleet;
using Orchestrator.Core.Reconciliation;
using static Orchestrator.Simulation.Builders;

namespace Orchestrator.Simulation;

/// <summary>Some minutes of a fleet, of which everything follows from the seed.</summary>
internal sealed class Day
{
    private const int Orders = 60;
    private const int OrdersBetweenBoards = 15;

    private static readonly MetricRule Carts = new()
    {
        Name = "carts",
        Kind = MetricKind.Share,
        IsLowerWorse = false,
        ToleratedRatio = 1,
        InferiorRatio = 1.5,
        MinimumSamples = 1,
        Source = new MetricSource.Push(),
    };

    private readonly StringBuilder _told = new();
    private readonly Telling _telling = new(World.Start);
    private readonly Random _random;
    private readonly DayOrders _orders;
    private readonly DayBoards _boards;

    public Day(string strategy, int seed)
    {
        _random = new Random(seed);
        World = new World(seed, hosts: seed % 2 == 0 ? 5 : 9); // Too few by turns.
        if (seed % 2 == 0)
        {
            World.Faults = new Faults(
                LosePercent: 5,
                RepeatPercent: 5,
                DelayPercent: 10,
                CrashPercent: 0,
                KillPercent: 0
            );
        }

        DayFleet.Label(World);
        _orders = new DayOrders(World, _random);
        _boards = new DayBoards(World, _orders, _telling);
        var answer = World.Ask(
            new CellInput.Apply("root", DayFleet.Of(ALineOf(strategy, seed)), PlanId: null, IsDryRun: false)
        );
        Assert.True(answer is CellAnswer.Applied, Said(answer));
    }

    public World World { get; }

    /// <summary>Lets it pass.</summary>
    public string Tell()
    {
        for (var turn = 1; turn <= Orders; turn++)
        {
            Tell(() => World.Run(TimeSpan.FromSeconds(_random.Next(1, 14))));
            var (order, answer) = ("", (CellAnswer?)null);
            Tell(() => (order, answer) = _orders.Next());
            Add($"{Seconds(World.Now)}> {order}{Said(answer)}");
            if (turn % OrdersBetweenBoards == 0)
            {
                AddAll(_boards.All());
            }
        }

        Tell(Rest);
        AddAll(_boards.All());
        AddAll(_boards.Rows());
        return _told.ToString();
    }

    /// <summary>Nothing fails any more, and nothing is closed.</summary>
    private void Rest()
    {
        World.Faults = Faults.None;
        foreach (var host in World.Hosts.Values)
        {
            host.IsCutOff = false;
            host.PowerOn();
            World.Ask(new CellInput.SetAvailability("root", host.Id, HostAvailability.Open));
        }

        foreach (var window in World.Cell.Windows.Keys)
        {
            World.Ask(new CellInput.ReleaseWindow("root", window, "the day is over"));
        }

        World.Run(TimeSpan.FromMinutes(1));
    }

    private void AddAll(IEnumerable<string> lines)
    {
        foreach (var line in lines)
        {
            Add($"            | {line}");
        }
    }

    /// <summary>With the journal of it.</summary>
    private void Tell(Action happens)
    {
        var before = World.Journal.Count;
        happens();
        foreach (var entry in World.Journal.Skip(before))
        {
            Add($"{Seconds(entry.At)}  {entry.Actor, -9} {entry.Action, -24} {entry.Subject}: {entry.Reason}");
        }
    }

    private void Add(FormattableString line) => _told.Append(line.ToString(CultureInfo.InvariantCulture)).Append('\n');

    private static string Seconds(DateTimeOffset at) =>
        string.Create(CultureInfo.InvariantCulture, $"{(at - World.Start).TotalSeconds, 8:0.0} s");

    private string Said(CellAnswer? answer) =>
        answer switch
        {
            null => "",
            CellAnswer.Accepted(var subject, var message) => $": {subject}: {message}",
            CellAnswer.Refused refused =>
                $": refused ({refused.Kind}, {refused.Code}): {refused.Message} {refused.Hint} {_telling.Say(refused.Places)}",
            CellAnswer.Applied applied => $": applied {_telling.Say(applied.Changes)}",
            CellAnswer.Published published =>
                $": {(published.IsNew ? "new" : "known")}, boards {_telling.Say(published.Train)} at {_telling.Say(published.DepartsAt)}",
            _ => throw new ArgumentOutOfRangeException(nameof(answer)),
        };

    /// <summary>Through staging to prod, where days differ in who must agree.</summary>
    private static Line ALineOf(string strategy, int seed)
    {
        var line = ALine(approval: null);
        var judge = line.Route[1].Judge;
        var declared = ALineBy(strategy, count: 3).Route[0];
        var steps = declared.Strategy.Steps;
        if (seed % 3 == 1 && !steps.IsEmpty)
        {
            steps = [steps[0], steps[0] with { Instances = 2, WeightPercent = 50, IsManual = true }];
        }

        var prod = declared with
        {
            Strategy = declared.Strategy with
            {
                Steps = steps,
                MaxUnavailable = seed % 5 == 4 ? 1 : declared.Strategy.MaxUnavailable,
            },
            Approval = (seed % 4) switch
            {
                1 => new ApprovalGate(ApprovalPoint.Promotion, AllowsPublisher: true) { Groups = ["keepers"] },
                2 => new ApprovalGate(ApprovalPoint.Stage, AllowsPublisher: false)
                {
                    Count = 2,
                    ExpiresAfter = TimeSpan.FromMinutes(1),
                },
                _ => null,
            },
            Webhooks =
                seed % 4 == 3
                    ? [new WebhookGate("load-test", ApprovalPoint.Stage) { Every = TimeSpan.FromSeconds(5) }]
                    : [],
            Judge = seed % 4 == 0 ? judge with { Metrics = [Carts] } : judge,
            Soak = TimeSpan.FromSeconds(seed % 3),
            HoldAtMost = TimeSpan.FromMinutes(1),
        };
        return line with
        {
            Coupled = [new CoupledService(DayFleet.Front, IsOptional: true)],
            Route = [line.Route[0], prod],
        };
    }
}
