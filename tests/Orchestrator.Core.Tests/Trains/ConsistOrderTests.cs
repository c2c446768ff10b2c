using System.Collections.Immutable;
using Orchestrator.Core.Catalog;
using Orchestrator.Core.Trains;

namespace Orchestrator.Core.Tests.Trains;

/// <summary>An order in which cars can be exchanged, against trying all orders there are.</summary>
public sealed class ConsistOrderTests
{
    [Fact]
    public void An_order_is_found_exactly_when_there_is_one_and_suits_at_every_step()
    {
        var random = new Random(7);
        var (found, stuck) = (0, 0);
        foreach (var _ in Enumerable.Range(0, 4_000))
        {
            var changes = SomeChanges(random);

            var order = ConsistOrder.Of(changes);

            var possible = Orders(changes.Where(change => !change.IsDone)).Any(each => Suits(changes, each));
            if (order is ConsistOrder.Waves(var waves))
            {
                found++;
                Assert.True(possible);
                Assert.True(Suits(changes, waves.SelectMany(wave => wave)));
            }
            else
            {
                stuck++;
                Assert.False(possible);
            }
        }

        Assert.True(found > 500 && stuck > 500, $"{found} found, {stuck} stuck");
    }

    [Fact]
    public void Cars_that_do_not_need_each_other_go_at_the_same_time_and_others_in_their_order()
    {
        var order = ConsistOrder.Of([
            new CarChange(AVersion("web", 1, ("cart", 1, 2)), AVersion("web", 2, ("cart", 2, 2))),
            new CarChange(AVersion("cart", 1, ("stock", 1, 2)), AVersion("cart", 2, ("stock", 2, 2))),
            new CarChange(AVersion("stock", 1), AVersion("stock", 2)),
            new CarChange(AVersion("mail", 1), AVersion("mail", 2)),
        ]);

        var waves = Assert.IsType<ConsistOrder.Waves>(order).Services;
        Assert.Equal(["mail stock", "cart", "web"], waves.Select(wave => string.Join(' ', wave)));
    }

    [Fact]
    public void Of_many_that_wait_the_shortest_circle_is_named()
    {
        var order = ConsistOrder.Of([
            new CarChange(AVersion("web", 1), AVersion("web", 2, ("cart", 2, 2))),
            new CarChange(AVersion("cart", 1, ("stock", 1, 1)), AVersion("cart", 2, ("stock", 2, 2))),
            new CarChange(AVersion("stock", 1), AVersion("stock", 2)),
        ]);

        Assert.Equal(
            "cart 2.0.0 needs stock 2-2, of which 1.0.0 runs; cart 1.0.0 runs and needs stock 1-1, which 2.0.0 is not",
            Assert.IsType<ConsistOrder.Stuck>(order).Conflict
        );
    }

    [Fact]
    public void New_versions_that_do_not_suit_each_other_are_stuck_whatever_runs()
    {
        var order = ConsistOrder.Of([
            new CarChange(From: null, AVersion("web", 2, ("cart", 3, 3))),
            new CarChange(From: null, AVersion("cart", 2)),
        ]);

        Assert.Equal(
            "web 2.0.0 needs cart 3-3, and 2.0.0 travels with it",
            Assert.IsType<ConsistOrder.Stuck>(order).Conflict
        );
    }

    private static ImmutableArray<CarChange> SomeChanges(Random random)
    {
        var names = new[] { "a", "b", "c", "d" }[..random.Next(2, 5)];
        return
        [
            .. names.Select(
                (name, index) =>
                {
                    // Later ones need earlier ones, so that nobody needs itself through others.
                    var from = random.Next(6) == 0 ? null : AVersion(name, 1, [.. Needs(random, names[..index])]);
                    var to = AVersion(name, random.Next(8) == 0 ? 1 : 2, [.. Needs(random, names[..index])]);
                    return new CarChange(from, from?.Number == to.Number ? from : to);
                }
            ),
        ];
    }

    private static IEnumerable<(string Service, int From, int To)> Needs(Random random, string[] others)
    {
        foreach (var other in others)
        {
            if (random.Next(2) == 0)
            {
                var from = random.Next(1, 3);
                yield return (other, from, random.Next(from, 3));
            }
        }
    }

    /// <summary>Whether all suit while each is exchanged, one after the other, and afterwards.</summary>
    private static bool Suits(ImmutableArray<CarChange> changes, IEnumerable<ServiceName> order)
    {
        var running = changes.ToDictionary(change => change.Service, change => Both(change.From, null));
        foreach (var service in order)
        {
            var change = changes.First(each => each.Service == service);
            // Both of its versions must suit, of which the old one does already.
            if (!IsSuited(change.To, running) || !AreOthersSuited(change, running))
            {
                return false;
            }

            running[service] = [change.To];
        }

        return SuitsAtTheEnd(changes, order);
    }

    private static bool SuitsAtTheEnd(ImmutableArray<CarChange> changes, IEnumerable<ServiceName> order)
    {
        var gone = order.ToHashSet();
        var end = changes.ToDictionary(
            change => change.Service,
            change => gone.Contains(change.Service) || change.IsDone ? Both(change.To, null) : Both(change.From, null)
        );
        return changes
            .Where(change => gone.Contains(change.Service) || change.IsDone)
            .All(change => IsSuited(change.To, end));
    }

    private static bool AreOthersSuited(
        CarChange change,
        Dictionary<ServiceName, ImmutableArray<ServiceVersion>> running
    ) =>
        running
            .Where(other => other.Key != change.Service)
            .SelectMany(other => other.Value)
            .SelectMany(version => version.Dependencies)
            .Where(need => need.Service == change.Service)
            .All(need => need.Range.Contains(change.To.Number));

    private static bool IsSuited(
        ServiceVersion version,
        Dictionary<ServiceName, ImmutableArray<ServiceVersion>> running
    ) =>
        version.Dependencies.All(need =>
            running[need.Service].Length > 0 && running[need.Service].All(each => need.Range.Contains(each.Number))
        );

    private static ImmutableArray<ServiceVersion> Both(ServiceVersion? one, ServiceVersion? other) =>
        [.. new[] { one, other }.OfType<ServiceVersion>()];

    private static IEnumerable<ImmutableArray<ServiceName>> Orders(IEnumerable<CarChange> changes)
    {
        var left = changes.Select(change => change.Service).ToImmutableArray();
        return left.IsEmpty
            ?
            [
                [],
            ]
            : left.SelectMany(first => Rest(first, left));
    }

    private static IEnumerable<ImmutableArray<ServiceName>> Rest(ServiceName first, ImmutableArray<ServiceName> left)
    {
        var others = left.Remove(first);
        return others.IsEmpty
            ?
            [
                [first],
            ]
            : others.SelectMany(next => Rest(next, others)).Select(rest => rest.Insert(0, first));
    }

    private static ServiceVersion AVersion(
        string service,
        int major,
        params (string Service, int From, int To)[] needs
    ) =>
        new()
        {
            Service = ServiceName.Parse(service),
            Number = SemanticVersion.Parse($"{major}.0.0"),
            Channel = "stable",
            Template = new InstanceTemplate
            {
                Image = ImageReference.Parse("sample@sha256:" + new string('a', 64)),
                Command = [],
                Environment = ImmutableSortedDictionary<string, string>.Empty,
                Request = default,
                Limit = default,
                Port = 0,
                Health = null,
                StopGrace = TimeSpan.Zero,
                Placement = PlacementRules.None,
            },
            Dependencies =
            [
                .. needs.Select(need => new Dependency(ServiceName.Parse(need.Service), Majors(need.From, need.To))),
            ],
            PublishedBy = "ana",
            PublishedAt = DateTimeOffset.UnixEpoch,
        };

    private static VersionRange Majors(int from, int to) =>
        new(
            $"{from}-{to}",
            [
                new VersionInterval(
                    SemanticVersion.Parse($"{from}.0.0"),
                    IncludesMinimum: true,
                    SemanticVersion.Parse($"{to + 1}.0.0"),
                    IncludesMaximum: false,
                    IncludesPrereleases: false
                ),
            ]
        );
}
